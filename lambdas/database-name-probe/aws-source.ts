/** Reads one thing from an AWS API: bounded, and with a name for what went wrong. */
import { type Budget, type Failure, within } from '../../core/checks/index.ts';

/** What was read, why it is not to be had from here (which is no fault), or what went wrong. */
export type AwsReading<T extends object> =
  | ({ state: 'read' } & T)
  | { state: 'skipped'; reason: string }
  | { state: 'failed'; failure: Failure };

/** A function must reach AWS; from a shell, what cannot be reached is skipped. */
export type AwsOutOfReach = 'fails' | 'is skipped';

interface SdkError {
  name?: string;
  code?: string;
  message?: string;
  $metadata?: { httpStatusCode?: number };
}

const denied = /AccessDenied|UnauthorizedOperation|NotAuthorized/;

export const isDenied = (error: unknown): boolean => denied.test((error as SdkError).name ?? '');

/** Credentials that are absent or refused: from a shell this is the same as AWS being out of reach. */
const withoutCredentials =
  /CredentialsProviderError|UnrecognizedClient|InvalidClientTokenId|ExpiredToken|SignatureDoesNotMatch/;

/** Whether AWS itself answered with this error, to somebody whom it knows. */
export const isAnswer = (error: unknown): boolean => {
  const { name = 'Error', $metadata } = error as SdkError;
  return $metadata?.httpStatusCode !== undefined && !withoutCredentials.test(name);
};

export const readAwsSource = async <T extends object>(
  call: string,
  awsOutOfReach: AwsOutOfReach,
  budget: Budget,
  read: (signal: AbortSignal) => Promise<AwsReading<T>>,
): Promise<AwsReading<T>> => {
  const controller = new AbortController();
  const unreachable = (why: string): AwsReading<T> =>
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
    const { name = 'Error', code, message } = error as SdkError;
    const why = code ?? (name === 'Error' ? message : name) ?? name;
    if (!isAnswer(error)) return unreachable(why);
    const detail = isDenied(error) ? `this role may not call ${call}` : `${call} answered ${why}`;
    return {
      state: 'failed',
      failure: { cause: 'UNKNOWN', layer: 'config', detail, evidence: { call, error: why } },
    };
  } finally {
    controller.abort();
  }
};
