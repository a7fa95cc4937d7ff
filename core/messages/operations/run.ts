/** Runs one operation from beginning to end. */
import { depth as outboxDepth, peek } from '../outbox/inspect.ts';
import type { SqlDatabase } from '../sql.ts';
import { countDead, listDead, type Pace, purgeInParts, redriveInParts } from './dead.ts';
import { findLists } from './lists.ts';
import type { MessageRequest } from './request.ts';
import { type KnownTransport, type OperationResult, refused } from './result.ts';
import { type SessionTools, sessionProblems, withDatabase } from './session.ts';

export interface OperationTools extends SessionTools {
  now: () => Date;
  pace: Pick<Pace, 'sleep' | 'signal'> & Partial<Pick<Pace, 'onPart'>>;
  /** How whoever asks confirms a purge. */
  confirmation: string;
}

type Of<O extends MessageRequest['operation']> = Extract<MessageRequest, { operation: O }>;

const transportsKnown = async (database: SqlDatabase): Promise<KnownTransport[]> => {
  const { rows } = await database.query<{ name: string; since: Date }>(
    'SELECT name, since FROM public.breakwater_transports ORDER BY name',
  );
  return rows.map(({ name, since }) => ({ name, since: since.toISOString() }));
};

/** Said here and nowhere else: which of the places is the one to look in. */
const lookIn = (type: string, queue: string): string =>
  [
    'Dead messages are kept in the outbox in PostgreSQL, with all of their failures, whatever the transport is: look there (peek --state dead).',
    ...(type === 'redis' ? [`What consumers put into ${queue}:dlq is moved there by the relay.`] : []),
    ...(type === 'sqs'
      ? ['What consumers of the SQS queue fail with three times is in the dead-letter queue beside it.']
      : []),
  ].join(' ');

const runDepth = async ({ settings, secrets }: OperationTools) => {
  const [session, lists] = await Promise.all([
    withDatabase({ settings, secrets }, async (database) => ({
      outbox: await outboxDepth(database),
      transports: await transportsKnown(database),
    })),
    findLists(settings, secrets),
  ]);
  const where = lookIn(settings.get('MESSAGE_QUEUE_TYPE'), settings.get('MESSAGE_QUEUE_NAME'));
  return session.ok
    ? ({ operation: 'depth', ok: true, ...session.value, lists, lookIn: where } as const)
    : ({ operation: 'depth', ...session } as const);
};

const runPeek = async ({ state, limit, key }: Of<'peek'>, tools: OperationTools) => {
  const asked = { state, limit, ...(key === undefined ? {} : { key }) };
  const session = await withDatabase(tools, (database) => peek(database, asked));
  return session.ok
    ? ({ operation: 'peek', ok: true, ...asked, messages: session.value } as const)
    : ({ operation: 'peek', ...session } as const);
};

const previewOf = async ({ operation, filter, limit }: Of<'redrive' | 'purge'>, tools: OperationTools) => {
  const session = await withDatabase(tools, async (database) => ({
    matching: await countDead(database, filter),
    messages: await listDead(database, filter, limit),
  }));
  return session.ok
    ? ({ operation, ok: true, dryRun: true, filter, ...session.value } as const)
    : ({ operation, ...session } as const);
};

const runChange = async (request: Of<'redrive' | 'purge'>, tools: OperationTools) => {
  const { operation, filter } = request;
  const { sleep, signal, onPart = () => undefined } = tools.pace;
  const changed: string[] = [];
  const pace: Pace = {
    sleep,
    ...(signal ? { signal } : {}),
    onPart: (ids) => {
      changed.push(...ids);
      onPart(ids);
    },
  };
  const session = await withDatabase(tools, async (database) => {
    const matching = await countDead(database, filter);
    const ended = await (request.operation === 'redrive'
      ? redriveInParts(database, request, pace)
      : purgeInParts(database, request, pace));
    return { matching, ended };
  });
  if (!session.ok) return { operation, ...session, changed } as const;
  const { matching, ended } = session.value;
  return {
    operation,
    ok: true,
    dryRun: false,
    filter,
    matching,
    changed,
    left: Math.max(0, matching - changed.length),
    ...(ended === 'stopped' ? { stopped: true as const } : {}),
  } as const;
};

const runUnconfirmed = async (request: Of<'purge'>, tools: OperationTools) => {
  const preview = await previewOf(request, tools);
  if (!preview.ok) return preview;
  const { matching, messages } = preview;
  return {
    ...refused('purge', [
      `purge deletes messages for good, and this one is not confirmed: write ${tools.confirmation} as well. It would delete ${messages.length} of ${matching} dead messages that match`,
    ]),
    wouldPurge: { matching, messages },
  };
};

const dispatch = (request: MessageRequest, tools: OperationTools) => {
  if (request.operation === 'depth') return runDepth(tools);
  if (request.operation === 'peek') return runPeek(request, tools);
  if (request.dryRun) return previewOf(request, tools);
  if (request.operation === 'purge' && !request.confirm) return runUnconfirmed(request, tools);
  return runChange(request, tools);
};

/** Never throws for what the database, Redis or the settings do: that is in the result. */
export const runOperation = async (
  request: MessageRequest,
  tools: OperationTools,
): Promise<OperationResult> => {
  const problems = sessionProblems(tools.settings);
  if (problems.length > 0)
    return refused(
      request.operation,
      problems.map(({ message }) => message),
    );
  const head = { environment: tools.settings.get('ENVIRONMENT'), at: tools.now().toISOString() };
  const result = await dispatch(request, tools);
  if ('error' in result) return result;
  const { operation, ok, ...rest } = result;
  return { operation, ok, ...head, ...rest } as OperationResult;
};
