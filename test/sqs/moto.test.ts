import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { claim } from '../../core/messages/outbox/claim.ts';
import { depth, peek } from '../../core/messages/outbox/inspect.ts';
import { release } from '../../core/messages/outbox/lease.ts';
import { publish, publishBatch } from '../../core/messages/outbox/publish.ts';
import { type SqsConsumer, sqsConsumer } from '../../core/messages/sqs/consume.ts';
import { sqsDownCause } from '../../core/messages/sqs/failure.ts';
import type { SqsLeased } from '../../core/messages/sqs/received.ts';
import { sqsTransport } from '../../core/messages/sqs/send.ts';
import type { Transport } from '../../core/messages/transport.ts';
import { openSqs } from '../../service/messages/open-sqs.ts';
import type { SqsClient } from '../../service/messages/sqs-client.ts';
import { knowErrorsOfNode, setAwsEnvironment } from '../fixtures/aws-environment.ts';
import { startFaultProxy } from '../fixtures/fault-proxy.ts';
import { findMoto, type MotoServer, startMotoServer } from './moto-server.ts';
import { event, events, type Outbox, startOutbox } from './outbox.ts';
import { createQueues, type Queues } from './queues.ts';

const python = findMoto() ?? '';
const withPython = python === '' ? describe.skip : describe;
const patience = 120_000;

withPython('messages through SQS (needs Python with moto)', () => {
  let moto: MotoServer;
  let outbox: Outbox;
  let queues: Queues;
  let client: SqsClient;
  let transport: Transport;
  let consumer: SqsConsumer;
  let count = 0;

  /** On a machine that does other things too, moto is slow. */
  const transportOf = ({ commands }: SqsClient, queueUrl = queues.queueUrl) =>
    sqsTransport(commands, queueUrl, sqsDownCause, { sendMs: 60_000 });
  const open = async (differences: Record<string, string> = {}) => {
    client?.close();
    count += 1;
    queues = await createQueues(moto.url, `events-${count}`, differences);
    client = await openSqs({ queueUrl: queues.queueUrl, timeoutMs: 20_000 });
    transport = transportOf(client);
    consumer = sqsConsumer(client.commands, queues);
  };

  beforeAll(async () => {
    setAwsEnvironment();
    knowErrorsOfNode();
    moto = await startMotoServer(python);
    outbox = await startOutbox();
  }, patience);
  beforeEach(() => open(), patience);
  afterEach(async () => {
    // A test that failed in the outage leaves it as it was.
    await moto.start();
    await outbox.clear();
  }, patience);
  afterAll(async () => {
    client?.close();
    await outbox?.dispose();
    await moto?.dispose();
  }, patience);

  const versionOf = ({ payload }: { payload: Readonly<Record<string, unknown>> }) =>
    Number(payload.model_version);

  /** Takes and acknowledges everything that is there, ten at a time. */
  const consume = async (from: SqsConsumer = consumer): Promise<SqsLeased[]> => {
    const received: SqsLeased[] = [];
    for (;;) {
      const messages = await from.receive({ leaseMs: 30_000 });
      if (messages.length === 0) return received;
      received.push(...messages);
      expect(new Set(await from.acknowledge(messages))).toEqual(new Set(['done']));
    }
  };

  const byModel = (messages: readonly SqsLeased[]) => {
    const models = Map.groupBy(messages, ({ payload }) => String(payload.model_name));
    return new Map([...models].map(([model, ofModel]) => [model, ofModel.map(versionOf)]));
  };
  /** What must come of `events(models, each)`. */
  const inOrder = (models: number, each: number) =>
    new Map(
      Array.from({ length: models }, (_, model) => [
        `model ${model}`,
        Array.from({ length: each }, (_, number) => number),
      ]),
    );

  it(
    'come as they were published, in their order per key',
    async () => {
      const published = await publishBatch(outbox.database, events(20, 10));
      expect(await outbox.relay(transport)).toEqual({ sent: 200, dead: 0 });
      expect(await depth(outbox.database)).toMatchObject({ pending: 0, dead: 0, kept: 200 });
      expect(await consumer.depth()).toEqual({ waiting: 200, held: 0, delayed: 0, deadLetters: 0 });
      const received = await consume();
      expect(byModel(received)).toEqual(inOrder(20, 10));
      expect(new Set(received.map(({ id }) => id))).toEqual(
        new Set(published.map((result) => (result.ok ? result.id : ''))),
      );
      expect(received[0]).toMatchObject({
        type: 'model_ready_to_deploy',
        headers: { trace_id: 'trace-0' },
        attempts: 1,
      });
      expect(await consumer.depth()).toEqual({ waiting: 0, held: 0, delayed: 0, deadLetters: 0 });
    },
    patience,
  );

  it('come once when a relay dies before it has noted what it sent', async () => {
    await publishBatch(outbox.database, events(20, 2));
    const claimed = await claim(outbox.database, { limit: 100, leaseMs: 60_000 });
    expect(await transport.send(claimed)).toEqual(claimed.map(() => ({ ok: true })));
    // What the end of its lease does.
    await release(outbox.database, claimed, 0);
    expect(await outbox.relay(transport)).toEqual({ sent: 40, dead: 0 });
    expect(byModel(await consume())).toEqual(inOrder(20, 2));
  });

  it('come once when an answer of SQS is lost', async () => {
    const proxy = await startFaultProxy(moto.port);
    const queueUrl = queues.queueUrl.replace(String(moto.port), String(proxy.port));
    const through = await openSqs({ queueUrl, timeoutMs: 20_000 });
    let left = 1;
    proxy.onRequest = (piece) => {
      if (left === 0 || !piece.includes('SendMessageBatch')) return 'pass';
      left -= 1;
      return 'swallow-answer';
    };
    try {
      await publishBatch(outbox.database, events(10, 2));
      expect(await outbox.relay(transportOf(through, queueUrl))).toEqual({ sent: 20, dead: 0 });
      expect(left).toBe(0);
      expect(byModel(await consume())).toEqual(inOrder(10, 2));
    } finally {
      through.close();
      await proxy.dispose();
    }
  });

  it(
    'wait in the outbox while SQS is silent, gone, or without its queue, and come when it is back',
    async () => {
      await publishBatch(outbox.database, events(20, 10));
      expect(await outbox.pass(transport, 60)).toMatchObject({ claimed: 60, sent: 60 });
      // What moto has when it is killed is gone; SQS would keep it.
      const received = await consume();

      const refuses = async (cause: string, by = transport) => {
        await expect(outbox.pass(by)).rejects.toMatchObject({ name: 'TransportDown', cause });
        expect(await depth(outbox.database)).toMatchObject({ pending: 140, held: 0, dead: 0 });
        const waiting = await peek(outbox.database, { limit: 200 });
        expect(waiting.filter(({ attempts, failures }) => attempts > 0 || failures.length > 0)).toEqual([]);
      };
      moto.freeze();
      const impatient = await openSqs({ queueUrl: queues.queueUrl, timeoutMs: 500 });
      await refuses('RESPONSE_TIMEOUT', transportOf(impatient));
      impatient.close();
      await moto.kill();
      await refuses('CONNECTION_REFUSED');
      await moto.start();
      await refuses('PATH_NOT_FOUND');
      await createQueues(moto.url, `events-${count}`);
      expect(await outbox.relay(transport)).toEqual({ sent: 140, dead: 0 });
      received.push(...(await consume()));
      expect(byModel(received)).toEqual(inOrder(20, 10));
    },
    patience,
  );

  it('are dead letters of the outbox when no queue takes them, and stop nothing behind them', async () => {
    await open({ MaximumMessageSize: '4096' });
    const poison = event('model 3', 99, { notes: 'x'.repeat(5_000) });
    const all = events(10, 2);
    // In the middle of a call with others, in front of one of its own key.
    await publishBatch(outbox.database, [...all.slice(0, 13), poison, ...all.slice(13)]);
    // Too long for any queue; publishing refuses it, and who writes the table himself finds out here.
    const { rows } = await outbox.database.query<{ message_id: string }>(
      `INSERT INTO public.breakwater_outbox (message_type, ordering_key, payload)
       VALUES ('model_ready_to_deploy', 'model 4', jsonb_build_object('notes', repeat('x', 1100000)))
       RETURNING message_id`,
    );
    await publish(outbox.database, event('model 4', 2));
    expect(await outbox.relay(transport)).toEqual({ sent: 21, dead: 2 });
    const expected = inOrder(10, 2);
    expected.set('model 4', [0, 1, 2]);
    expect(byModel(await consume())).toEqual(expected);
    const dead = await peek(outbox.database, { state: 'dead' });
    expect(dead.map(({ deadReason }) => deadReason)).toEqual([
      expect.stringContaining(
        'InvalidParameterValue: One or more parameters are invalid. Reason: Message must be',
      ),
      expect.stringMatching(/^the message has 1100\d{3} bytes; SQS takes at most 1048576$/),
    ]);
    expect(dead[1]?.id).toBe(rows[0]?.message_id);
  });

  describe('with a consumer that', () => {
    /** Two of each of two models; only `model 0` is handled badly. */
    const some = async (): Promise<SqsLeased[]> => {
      await publishBatch(outbox.database, events(2, 2));
      await outbox.relay(transport);
      return consumer.receive({ leaseMs: 1_000, limit: 2, waitMs: 1_000 });
    };
    /** Takes what comes within a time that is enough, without acknowledging. */
    const until = async (wanted: (message: SqsLeased) => boolean): Promise<SqsLeased> => {
      const end = performance.now() + 20_000;
      while (performance.now() < end) {
        const messages = await consumer.receive({ leaseMs: 1_000, waitMs: 1_000 });
        const found = messages.find(wanted);
        if (found) return found;
      }
      throw new Error('it did not come');
    };
    const first = ({ payload }: SqsLeased) =>
      payload.model_name === 'model 0' && payload.model_version === '0';

    it('dies gives its message to the next one when its lease ends, and not before', async () => {
      const [message] = await some();
      if (!message) throw new Error('nothing came');
      expect([message.attempts, first(message)]).toEqual([1, true]);
      expect(await consumer.extend(message, 3_000)).toBe('done');
      const begun = performance.now();
      const again = await until(first);
      expect(performance.now() - begun).toBeGreaterThan(2_000);
      expect([again.id, again.attempts]).toEqual([message.id, 2]);
      expect(again.token).not.toBe(message.token);
    });

    it('rejects a message holds back its key alone', async () => {
      const messages = await some();
      for (const message of messages)
        expect(
          first(message)
            ? await consumer.reject(message, { delayMs: 3_000 })
            : (await consumer.acknowledge([message]))[0],
        ).toBe('done');
      await sleep(100);
      const others = await consumer.receive({ leaseMs: 30_000 });
      expect(others.filter(({ payload }) => payload.model_name === 'model 0')).toEqual([]);
      expect((await until(first)).attempts).toBe(2);
    });

    it('gives a message up puts it to the dead letters with the reason, and gets the next of its key', async () => {
      const message = (await some()).find(first);
      if (!message) throw new Error('nothing came');
      expect(await consumer.deadLetter(message, 'its model is \u0000 broken')).toBe('done');
      const next = await until(({ payload }) => payload.model_name === 'model 0');
      expect(versionOf(next)).toBe(1);
      const ofDead = sqsConsumer(client.commands, { queueUrl: queues.deadLettersUrl });
      const [dead] = await ofDead.receive({ leaseMs: 30_000 });
      expect(dead).toMatchObject({ id: message.id, key: message.key, body: message.body });
      expect(dead?.attributes).toMatchObject({
        message_type: 'model_ready_to_deploy',
        trace_id: 'trace-0',
        error: 'its model is ? broken',
        failed_at: expect.stringMatching(/^\d{4}-/),
      });
    });

    it('knows no queue of dead letters leaves it to the redrive policy, after three deliveries', async () => {
      const { queueUrl, deadLettersUrl } = queues;
      const alone = sqsConsumer(client.commands, { queueUrl });
      await publish(outbox.database, event('model 0', 0));
      await outbox.relay(transport);
      for (let attempt = 1; attempt <= 3; attempt += 1) {
        const [message] = await alone.receive({ leaseMs: 30_000, waitMs: 2_000 });
        expect(message?.attempts).toBe(attempt);
        if (message) expect(await alone.deadLetter(message, 'it is broken')).toBe('done');
      }
      expect(await alone.receive({ leaseMs: 30_000, waitMs: 1_000 })).toEqual([]);
      expect(await consumer.depth()).toMatchObject({ waiting: 0, held: 0, deadLetters: 1 });
      expect(await sqsConsumer(client.commands, { queueUrl: deadLettersUrl }).depth()).toMatchObject({
        waiting: 1,
      });
    });

    it('finds what is no message moves it aside, and loses its receipt with the queue', async () => {
      const entry = { id: '0', groupId: 'g', deduplicationId: 'd', attributes: {}, body: 'not a message' };
      await client.commands.sendBatch(queues.queueUrl, [entry]);
      await publish(outbox.database, event('model 0', 0));
      await outbox.relay(transport);
      const unreadable: string[] = [];
      consumer = sqsConsumer(client.commands, { ...queues, onUnreadable: (id) => void unreadable.push(id) });
      const messages = await consumer.receive({ leaseMs: 30_000 });
      expect([messages.length, unreadable.length]).toEqual([1, 1]);
      expect(await consumer.depth()).toMatchObject({ waiting: 0, held: 1, deadLetters: 1 });
      await moto.kill();
      await moto.start();
      await createQueues(moto.url, `events-${count}`);
      expect(await consumer.acknowledge(messages)).toEqual(['lost']);
    });
  });
});
