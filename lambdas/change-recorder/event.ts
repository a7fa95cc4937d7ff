/** What of an event of CloudTrail is looked at. Requests and answers hold secrets; the rest is left alone. */

export interface UserIdentity {
  type?: unknown;
  arn?: unknown;
  principalId?: unknown;
  accountId?: unknown;
  invokedBy?: unknown;
  sessionContext?: { sessionIssuer?: { arn?: unknown } };
  /** In whose name a function or task called (CloudTrail record contents, `inScopeOf`). */
  inScopeOf?: { sourceArn?: unknown };
}

export interface Call {
  id: string;
  eventSource: string;
  eventName: string;
  /** Milliseconds since 1970. */
  at: number;
  region: string;
  sourceAddress: string;
  identity: UserIdentity;
  /** Code of the error; absent when the call did what it says. */
  error?: string;
  parameters: unknown;
}

type Members = Readonly<Record<string, unknown>>;

export const isMembers = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const text = (value: unknown, otherwise: string): string =>
  typeof value === 'string' && value !== '' ? value : otherwise;

/**
 * Reads an event of the detail type `AWS API Call via CloudTrail`.
 * @param now when there is no readable time in it, milliseconds since 1970
 * @returns undefined for an event that is no call
 */
export const readCall = (event: unknown, now: number): Call | undefined => {
  const detail = isMembers(event) ? event.detail : undefined;
  if (!isMembers(detail) || typeof detail.eventName !== 'string' || typeof detail.eventSource !== 'string')
    return undefined;
  const { eventName, eventSource, userIdentity, errorCode, requestParameters } = detail;
  const at = Date.parse(text(detail.eventTime, ''));
  return {
    id: text(detail.eventID, 'unknown'),
    eventSource,
    eventName,
    at: Number.isNaN(at) ? now : at,
    region: text(detail.awsRegion, 'unknown'),
    sourceAddress: text(detail.sourceIPAddress, 'unknown'),
    identity: isMembers(userIdentity) ? userIdentity : {},
    ...(typeof errorCode === 'string' && { error: errorCode }),
    parameters: requestParameters,
  };
};
