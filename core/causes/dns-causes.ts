/** Causes of the layer dns: looking up the host name. */
import type { CauseRow } from './cause-row.ts';

export const dnsCauses = {
  DNS_NOT_FOUND: {
    meaning: 'The name server says that the host name does not exist.',
    remedy:
      'Compare the host name with the endpoint of the instance or the Cloud Map service; look for a typing error or a deleted record.',
    retryable: false,
  },
  DNS_NO_ADDRESS: {
    meaning: 'The host name exists, but it has no address of the kind that is needed.',
    remedy: 'Add an A record, or register a healthy instance with the Cloud Map service.',
    retryable: true,
  },
  DNS_SERVER_FAILURE: {
    meaning: 'The name server answered with a failure, or refused the question.',
    remedy: 'Check the resolver rules of the VPC and the private hosted zone.',
    retryable: true,
  },
  DNS_TIMEOUT: {
    meaning: 'The name server did not answer in time.',
    remedy:
      'Check that DNS support is on in the VPC and that no network ACL blocks port 53 for a custom resolver.',
    retryable: true,
  },
} as const satisfies Record<string, CauseRow>;
