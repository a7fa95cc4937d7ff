import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  channel,
  claim,
  MessageRefused,
  type NewMessage,
  publish,
  publishBatch,
} from '../../../core/messages/index.ts';
import { aMessage, numberOf, type Outbox, startOutbox } from './outbox-fixture.ts';

let at: Outbox;
beforeAll(async () => {
  at = await startOutbox();
});
afterAll(() => at?.dispose());
beforeEach(() => at.empty());

const ids = async () =>
  (await at.sql<{ message_id: string }>('SELECT message_id FROM breakwater_outbox ORDER BY id')).map(
    ({ message_id }) => message_id,
  );
const refusal = (message: NewMessage): Promise<MessageRefused> =>
  publish(at.database, message).then(
    () => {
      throw new Error('it was taken');
    },
    (error: MessageRefused) => error,
  );

describe('publishing a message', () => {
  it('has written it once it returns, and gives its id', async () => {
    const { id: _, ...message } = aMessage('a', 1);
    const id = await publish(at.database, message);
    const [row] = await at.sql('SELECT * FROM breakwater_outbox');
    expect(row).toMatchObject({
      message_id: id,
      message_type: 'model_ready_to_deploy',
      ordering_key: 'a',
      payload: message.payload,
      headers: {},
      attempts: 0,
      sent_at: null,
      dead_at: null,
    });
  });

  it('carries headers to whoever delivers it', async () => {
    await publish(at.database, aMessage('a', 1, { headers: { traceparent: '00-1-2-01' } }));
    const [message] = await claim(at.database, { limit: 1, leaseMs: 1_000 });
    expect(message?.headers).toEqual({ traceparent: '00-1-2-01' });
  });

  it('belongs to the transaction of its caller, and is rolled back with it', async () => {
    const failing = at.database.transaction(async (transaction) => {
      await publish(transaction, aMessage('a', 1));
      expect((await transaction.query('SELECT FROM breakwater_outbox')).rowCount).toBe(1);
      expect(await ids()).toEqual([]);
      throw new Error('the business failed');
    });
    await expect(failing).rejects.toThrow('the business failed');
    expect(await ids()).toEqual([]);
  });

  it('tells listeners when its transaction commits and not before', async () => {
    const heard: string[] = [];
    const listener = await at.pool.connect();
    listener.on('notification', ({ channel: name }) => heard.push(name));
    await listener.query(`LISTEN ${channel}`);
    await at.database.transaction(async (transaction) => {
      await publish(transaction, aMessage('a', 1));
      await listener.query('SELECT 1');
      expect(heard).toEqual([]);
    });
    for (let turn = 0; heard.length === 0 && turn < 100; turn += 1) await listener.query('SELECT 1');
    expect(heard).toEqual([channel]);
    listener.release(true);
  });

  it('notifies once for those who publish at the same time, and again for whoever comes after them', async () => {
    let heard = 0;
    const listener = await at.pool.connect();
    listener.on('notification', () => {
      heard += 1;
    });
    await listener.query(`LISTEN ${channel}`);
    await at.database.transaction(async (first) => {
      await publish(first, aMessage('a', 1));
      // Commits, and does not wait for the first one.
      await publish(at.database, aMessage('b', 1));
      expect(await ids()).toHaveLength(1);
    });
    await publish(at.database, aMessage('c', 1));
    for (let turn = 0; heard < 2 && turn < 100; turn += 1) await listener.query('SELECT 1');
    expect(heard).toBe(2);
    listener.release(true);
  });

  it('takes the longest key, whatever its characters are', async () => {
    const random = Array.from({ length: 341 }, () =>
      String.fromCodePoint(0x4e00 + Math.trunc(Math.random() * 20_000)),
    );
    const key = `${random.join('')}k`;
    expect(Buffer.byteLength(key)).toBe(1_024);
    await publish(at.database, aMessage(key, 1));
    expect((await at.sql('SELECT ordering_key FROM breakwater_outbox'))[0]).toEqual({ ordering_key: key });
  });

  it('throws what the database says, and never gives an id for nothing', async () => {
    const broken = { query: () => Promise.reject(new Error('the disk is full')) };
    await expect(publish(broken, aMessage('a', 1))).rejects.toThrow('the disk is full');
  });

  it('is one message when the same id is published twice', async () => {
    const first = aMessage('a', 1);
    expect(await publish(at.database, first)).toBe(first.id);
    expect(await publish(at.database, aMessage('a', 2, { id: first.id }))).toBe(first.id);
    expect(await ids()).toEqual([first.id]);
    const [kept] = await claim(at.database, { limit: 5, leaseMs: 1_000 });
    expect(kept && numberOf(kept)).toBe('1');
  });

  it('waits until the time at which it is available, and those of its key behind it', async () => {
    await publish(at.database, aMessage('a', 1, { availableAt: new Date(Date.now() + 3_600_000) }));
    await publish(at.database, aMessage('a', 2));
    const other = await publish(at.database, aMessage('b', 1));
    const free = await claim(at.database, { limit: 5, leaseMs: 1_000 });
    expect(free.map(({ id }) => id)).toEqual([other]);
    await at.expire();
    const then = await claim(at.database, { limit: 5, leaseMs: 60_000 });
    expect(then[0] && numberOf(then[0])).toBe('1');
  });
});

const good = aMessage('a', 1);
const payloadWith = (more: object): NewMessage => ({ ...good, payload: { ...good.payload, ...more } });

describe('a message that nobody could read is refused, and nothing is written', () => {
  const scenarios: [what: string, message: NewMessage, problem: string][] = [
    ['without a field', payloadWith({ token_symbol: undefined }), 'token_symbol is missing'],
    ['with null in its place', payloadWith({ model_id: null }), 'model_id is missing'],
    ['with an empty field', payloadWith({ model_version: '' }), 'model_version must be a text'],
    ['with a text for a number', payloadWith({ baseline_value: '0.8' }), 'baseline_value must be a finite'],
    ['with no finite number', payloadWith({ current_value: Number.NaN }), 'current_value must be a finite'],
    ['with a value that is not allowed', payloadWith({ status: 'ready' }), 'status must be registered'],
    ['with a wrong token', payloadWith({ token_symbol: 'HOK_1' }), 'token_symbol must match'],
    ['with a wrong address', payloadWith({ contributor_address: '0x12' }), 'contributor_address must match'],
    ['with tags that are no texts', payloadWith({ tags: { a: 1 } }), 'tags must be an object of texts'],
    ['with a field too many', payloadWith({ price: 1 }), 'price is not a field of this event'],
    ['that is no object', { ...good, payload: [] as never }, 'the payload must be an object'],
    ['of an unknown type', { ...good, type: 'model_gone' }, 'type "model_gone" is not known'],
    ['without a key', { ...good, key: '' }, 'key must be a text of 1 to 1024 bytes'],
    ['with a key too long', { ...good, key: 'k'.repeat(1_025) }, 'key must be a text of 1 to 1024'],
    [
      'with few characters of many bytes',
      { ...good, key: '鍵'.repeat(342) },
      'key must be a text of 1 to 1024',
    ],
    ['with an id of another form', { ...good, id: 'fallback-1' }, 'id must be a UUID'],
    ['that is too long', payloadWith({ eval_spec: 'x'.repeat(200_000) }), 'eval_spec has more than 200000'],
    [
      'that is too long with its other fields',
      payloadWith({ eval_spec: 'ä'.repeat(99_990) }),
      'eval_spec has 199982 bytes',
    ],
    [
      'that is too long in a name',
      payloadWith({ tags: { ['x'.repeat(200_000)]: '' } }),
      'tags has more than',
    ],
    ['with a NUL in a field', payloadWith({ model_id: 'a\u0000b' }), 'model_id holds'],
    [
      'with half a character deep in a field',
      payloadWith({ eval_spec: { a: ['\ud83d'] } }),
      'eval_spec.a[0] holds',
    ],
    ['with a NUL in a name', payloadWith({ tags: { 'a\u0000': 'b' } }), 'tags holds'],
    ['with a NUL in its key', { ...good, key: 'a\u0000' }, 'key holds'],
    ['with a NUL in a header', { ...good, headers: { trace: '\u0000' } }, 'headers.trace holds'],
  ];

  it.each(scenarios)('%s', async (_what, message, problem) => {
    const error = await refusal(message);
    expect(error).toBeInstanceOf(MessageRefused);
    expect(error.problems.join('; ')).toContain(problem);
    expect(error.message).toContain(problem);
    expect(await ids()).toEqual([]);
  });

  it('with every problem at once', async () => {
    const { problems } = await refusal(payloadWith({ model_name: undefined, status: 'ready', price: 1 }));
    expect(problems).toEqual([
      'model_name is missing',
      'status must be registered',
      'price is not a field of this event',
    ]);
  });
});

const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)]);
const itself: { inner?: unknown } = {};
itself.inner = itself;
/** Small to hold, and endless to write. */
const doubled = Array.from({ length: 90 }).reduce<unknown>((inner) => [inner, inner], 1);

describe('a message that its types would not allow is refused by the name of its field', () => {
  const scenarios: [what: string, message: unknown, problem: string][] = [
    ['nothing', undefined, 'the message must be an object'],
    ['null', null, 'the message must be an object'],
    ['a text', 'model_ready_to_deploy', 'the message must be an object'],
    ['a type of every object', { ...good, type: 'constructor' }, 'type "constructor" is not known'],
    ['a type that is a prototype', { ...good, type: '__proto__' }, 'type "__proto__" is not known'],
    ['a type that every object does', { ...good, type: 'toString' }, 'type "toString" is not known'],
    ['a type that is no text', { ...good, type: 7 }, 'type number is not known'],
    ['no payload', { ...good, payload: undefined }, 'the payload must be an object'],
    ['a field of every object', payloadWith({ constructor: 'a' }), 'constructor is not a field'],
    ['another', payloadWith({ toString: 'a' }), 'toString is not a field'],
    [
      'fields that only its prototype has',
      { ...good, payload: Object.create(good.payload) },
      'model_id is missing',
    ],
    ['a BigInt', payloadWith({ eval_spec: { most: 1n } }), 'eval_spec.most is a bigint'],
    ['a function', payloadWith({ eval_spec: () => 1 }), 'eval_spec is a function'],
    ['a symbol', payloadWith({ eval_spec: [Symbol('a')] }), 'eval_spec[0] is a symbol'],
    ['what JSON has no word for', payloadWith({ eval_spec: [undefined] }), 'eval_spec[0] is undefined'],
    [
      'no finite number deep inside',
      payloadWith({ api_schema: { 'a b': [Number.NaN] } }),
      'api_schema["a b"][0] is NaN',
    ],
    ['what holds itself', payloadWith({ eval_spec: itself }), 'holds itself'],
    ['too deep a nest', payloadWith({ eval_spec: nested(6_000) }), 'is nested deeper than 100 levels'],
    ['what is endless to write', payloadWith({ eval_spec: doubled }), 'eval_spec'],
    [
      'a field that throws',
      payloadWith({
        eval_spec: {
          get a() {
            throw new Error('no');
          },
        },
      }),
      'payload cannot be read',
    ],
    ['an invalid date', { ...good, availableAt: new Date(Number.NaN) }, 'availableAt must be a valid Date'],
    ['a date that PostgreSQL lacks', { ...good, availableAt: new Date(-8.64e15) }, 'availableAt must be'],
    ['a date that is a text', { ...good, availableAt: 'tomorrow' }, 'availableAt must be a valid Date'],
    ['no key', { ...good, key: undefined }, 'key must be a text'],
    ['a key that is no text', { ...good, key: 7 }, 'key must be a text'],
    ['half a character in its key', { ...good, key: '\ud83d' }, 'key holds'],
    ['an id that is no text', { ...good, id: 7 }, 'id must be a UUID'],
    ['headers that are no texts', { ...good, headers: { a: 1 } }, 'headers must be an object of texts'],
    ['headers that are none', { ...good, headers: 'a' }, 'headers must be an object of texts'],
    ['headers that are too long', { ...good, headers: { a: 'x'.repeat(8_200) } }, 'headers has more than'],
    [
      'thousands of fields too many',
      payloadWith(Object.fromEntries(Array.from({ length: 5_000 }, (_, n) => [`f${n}`, 1]))),
      'and 4980 more',
    ],
  ];

  it.each(scenarios)('%s', async (_what, message, problem) => {
    const error = await refusal(message as NewMessage);
    expect(error).toBeInstanceOf(MessageRefused);
    expect(error.message).toContain(problem);
    expect(error.message.length).toBeLessThan(10_000);
    expect(await ids()).toEqual([]);
  });

  it('in a batch, and the others are written', async () => {
    const before = aMessage('a', 1);
    const after = aMessage('a', 2);
    const wrong = scenarios.map(([, message]) => message as NewMessage);
    const results = await publishBatch(at.database, [before, ...wrong, after]);
    expect(results).toHaveLength(scenarios.length + 2);
    for (const [index, [, , problem]] of scenarios.entries()) {
      const result = results[index + 1];
      expect(result?.ok === false && result.error.message).toContain(problem);
    }
    expect(await ids()).toEqual([before.id, after.id]);
  });
});

describe('whatever is published', () => {
  const anything = fc.anything({ withBigInt: true, withDate: true, withNullPrototype: true, maxDepth: 4 });
  const mostly = (good: unknown) => fc.oneof({ weight: 3, arbitrary: fc.constant(good) }, anything);
  const hard = fc.constantFrom(
    '\u0000',
    '\ud83d',
    '😀',
    '\\u0000',
    '"\\',
    1e-320,
    1.7e308,
    -0,
    '鍵'.repeat(341),
  );
  const messages = fc.record({
    type: mostly(good.type),
    key: fc.oneof(hard, fc.string({ unit: 'binary' }), mostly('key')),
    payload: fc
      .dictionary(
        fc.constantFrom('eval_spec', 'api_schema', 'tags', 'scorer_ref', 'toString'),
        fc.oneof(anything, hard),
      )
      .map((more) => ({ ...good.payload, ...more })),
    headers: mostly({}),
    availableAt: fc.oneof(fc.date({ noInvalidDate: false }), mostly(undefined)),
  });

  it('is written and read back as it was, or refused by itself', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(messages, { maxLength: 20 }), async (given) => {
        await at.empty();
        const some = given as unknown as NewMessage[];
        const results = await publishBatch(at.database, some);
        const taken = results.flatMap((result) => (result.ok ? [result.id] : []));
        expect(results).toHaveLength(given.length);
        expect(await ids()).toEqual(taken);
        const rows = await at.sql<{ payload: unknown }>('SELECT payload FROM breakwater_outbox ORDER BY id');
        const written = some.filter((_, index) => results[index]?.ok);
        expect(rows.map(({ payload }) => payload)).toEqual(
          written.map(({ payload }) => JSON.parse(JSON.stringify(payload).replace(/-0(?=[,}\]])/g, '0'))),
        );
      }),
      { numRuns: 150 },
    );
  });
});

describe('a batch', () => {
  it('has a result for each, and writes those that can be read in their order', async () => {
    const [first, second, third] = [aMessage('a', 1), payloadWith({ status: 'ready' }), aMessage('a', 2)];
    const results = await publishBatch(at.database, [first, second, third]);
    expect(results.map(({ ok }) => ok)).toEqual([true, false, true]);
    expect(results[1]).toMatchObject({ error: { problems: ['status must be registered'] } });
    expect(await ids()).toEqual([first.id, third.id]);
  });

  it('takes one id twice as one message, and an id that was there before as the one of then', async () => {
    const id = randomUUID();
    const twice = [aMessage('a', 1, { id }), aMessage('a', 2, { id })];
    expect(await publishBatch(at.database, twice)).toEqual([
      { ok: true, id },
      { ok: true, id },
    ]);
    await publishBatch(at.database, [aMessage('a', 3, { id })]);
    expect(await ids()).toEqual([id]);
  });

  it('is written whole or not at all', async () => {
    const failing = at.database.transaction(async (transaction) => {
      await publishBatch(transaction, [aMessage('a', 1), aMessage('a', 2)]);
      throw new Error('the business failed');
    });
    await expect(failing).rejects.toThrow('the business failed');
    expect(await ids()).toEqual([]);
  });

  it('of nothing asks nothing of the database', async () => {
    const broken = { query: () => Promise.reject(new Error('asked')) };
    expect(await publishBatch(broken, [])).toEqual([]);
  });

  it('keeps its order when it is large', async () => {
    const many = Array.from({ length: 2_000 }, (_, number) => aMessage(`key-${number % 7}`, number));
    await publishBatch(at.database, many);
    expect(await ids()).toEqual(many.map(({ id }) => id));
  });
});
