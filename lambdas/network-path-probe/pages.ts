/** Reads what comes in pages: bounded, and with a name for the permission that is missing. */
import { type Budget, failed, type Outcome, succeeded, within } from '../../core/checks/index.ts';

/** The most that every one of these calls gives in one page. */
const pageSize = 100;

/** A VPC larger than this is not read to its end. */
const mostPages = 100;

interface Page {
  NextToken?: string | undefined;
}

interface SdkError {
  name?: string;
  code?: string;
  message?: string;
  $metadata?: { httpStatusCode?: number };
}

/** Credentials that are absent or refused: nobody has answered then. */
const withoutCredentials =
  /CredentialsProviderError|AuthFailure|UnrecognizedClient|InvalidClientTokenId|ExpiredToken/;

/** Why a call failed, without EC2's own text: it may carry an encoded copy of the request. */
const failureOf = (action: string, error: unknown): Outcome<never> => {
  const { name = 'Error', code, message, $metadata } = error as SdkError;
  const why = code ?? (name === 'Error' ? message : name) ?? name;
  const evidence = { action, error: why };
  if ($metadata?.httpStatusCode === undefined || withoutCredentials.test(name))
    return failed('UNKNOWN', `${action} failed: ${why}`, { ...evidence, outOfReach: true }, 'config');
  if (/UnauthorizedOperation|AccessDenied/.test(name))
    return failed('UNKNOWN', `this role may not call ${action}`, evidence, 'config');
  if (name === 'InvalidSubnetID.NotFound')
    return failed('SETTING_INVALID', 'NETWORK_CLIENT_SUBNETS names a subnet that does not exist', evidence);
  return failed('UNKNOWN', `${action} answered ${why}`, evidence, 'config');
};

/** Every item of every page. */
export const everything = async <P extends Page, T>(
  action: string,
  budget: Budget,
  send: (page: { NextToken?: string; MaxResults: number }, signal: AbortSignal) => Promise<P>,
  itemsOf: (page: P) => T[] | undefined,
): Promise<Outcome<T[]>> => {
  const controller = new AbortController();
  const items: T[] = [];
  try {
    let token: string | undefined;
    for (let page = 0; page < mostPages; page += 1) {
      const request = { MaxResults: pageSize, ...(token !== undefined && { NextToken: token }) };
      const answer = await within(budget, send(request, controller.signal));
      if (!answer) {
        const evidence = { action, outOfReach: true };
        return failed('UNKNOWN', `${action} failed: no answer in time`, evidence, 'config');
      }
      items.push(...(itemsOf(answer) ?? []));
      token = answer.NextToken;
      if (!token) return succeeded(items);
    }
    const most = `${mostPages} pages of ${pageSize}`;
    return failed('UNKNOWN', `${action} did not end after ${most}`, { action }, 'config');
  } catch (error) {
    return failureOf(action, error);
  } finally {
    controller.abort();
  }
};
