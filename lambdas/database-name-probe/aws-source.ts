/** Reads one source from an AWS API: bounded, and with a name for what went wrong. */
import { type Budget, within } from '../../core/checks/index.ts';
import type { SourceReading } from './sources.ts';

interface SdkError {
  name?: string;
  code?: string;
  message?: string;
  $metadata?: { httpStatusCode?: number };
}

const denied = /AccessDenied|UnauthorizedOperation|NotAuthorized/;

/** Credentials that are absent or refused: from a shell this is the same as AWS being out of reach. */
const withoutCredentials =
  /CredentialsProviderError|UnrecognizedClient|InvalidClientTokenId|ExpiredToken|SignatureDoesNotMatch/;

export const readAwsSource = async (
  call: string,
  awsOutOfReach: 'fails' | 'is skipped',
  budget: Budget,
  read: (signal: AbortSignal) => Promise<SourceReading>,
): Promise<SourceReading> => {
  const controller = new AbortController();
  const unreachable = (why: string): SourceReading =>
    awsOutOfReach === 'is skipped'
      ? { state: 'skipped', reason: `AWS is out of reach (${call}): ${why}` }
      : {
          state: 'failed',
          failure: {
            cause: 'UNKNOWN',
            layer: 'config',
            detail: `${call} failed: ${why}`,
            evidence: { call, error: why },
          },
        };
  try {
    const reading = await within(budget, read(controller.signal));
    return reading ?? unreachable('no answer in time');
  } catch (error) {
    const { name = 'Error', code, message, $metadata } = error as SdkError;
    const why = code ?? (name === 'Error' ? message : name) ?? name;
    const answered = $metadata?.httpStatusCode !== undefined && !withoutCredentials.test(name);
    if (!answered) return unreachable(why);
    const detail = denied.test(name) ? `this role may not call ${call}` : `${call} answered ${why}`;
    return {
      state: 'failed',
      failure: { cause: 'UNKNOWN', layer: 'config', detail, evidence: { call, error: why } },
    };
  } finally {
    controller.abort();
  }
};
