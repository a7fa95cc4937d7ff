/** The one line that a run logs: who asked, for what, and what changed. */
import type { MessageRequest, OperationResult } from '../../core/messages/index.ts';

export interface Audit {
  message: 'message operation';
  operation: string;
  actor?: string;
  /** The id of the run, as the account's trail has it. */
  requestId?: string;
  ok: boolean;
  /** What was asked for; of ids only how many, since those that were changed stand below. */
  asked?: Record<string, unknown>;
  /** Ids of the messages that were redriven or purged. */
  changed: readonly string[];
  /** Why nothing, or not everything, was done. */
  cause?: string;
  problems?: readonly string[];
}

const askedOf = (request: MessageRequest): Record<string, unknown> => {
  if (!('filter' in request)) return { ...request };
  const { filter, ...rest } = request;
  const { ids, ...others } = filter;
  return { ...rest, filter: { ...others, ...(ids ? { ids: ids.length } : {}) } };
};

export const auditOf = (
  result: OperationResult,
  {
    request,
    actor,
    requestId,
  }: { request?: MessageRequest; actor: string | undefined; requestId: string | undefined },
): Audit => ({
  message: 'message operation',
  operation: result.operation,
  ...(actor === undefined ? {} : { actor }),
  ...(requestId === undefined ? {} : { requestId }),
  ok: result.ok,
  ...(request ? { asked: askedOf(request) } : {}),
  changed: ('changed' in result ? result.changed : undefined) ?? [],
  ...('check' in result && result.check.cause ? { cause: result.check.cause } : {}),
  ...('error' in result ? { problems: result.error.problems } : {}),
});
