import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Leased } from '../../../core/messages/message.ts';
import { sqsDownCause } from '../../../core/messages/sqs/failure.ts';
import { type SqsTransportOptions, sqsTransport } from '../../../core/messages/sqs/send.ts';
import { TransportDown } from '../../../core/messages/transport.ts';
import { openSqs } from '../../../service/messages/open-sqs.ts';
import type { SqsClient } from '../../../service/messages/sqs-client.ts';
import { leased } from '../../core/messages/sqs/leased.ts';
import { knowErrorsOfNode, setAwsEnvironment } from '../../fixtures/aws-environment.ts';
import { answer, refuse, type Script, type SqsServer, startSqsServer, takeAll, taken } from './sqs-server.ts';

setAwsEnvironment();
knowErrorsOfNode();

let server: SqsServer;
let client: SqsClient;
const timeoutMs = 2_000;

beforeEach(async () => {
  server = await startSqsServer();
  client = await openSqs({ queueUrl: server.queueUrl, timeoutMs });
});
afterEach(async () => {
  client.close();
  await server.close();
});

const send = (messages: Leased[], options: SqsTransportOptions = {}) =>
  sqsTransport(client.commands, server.queueUrl, sqsDownCause, options).send(messages);
/** Messages of these keys, in this order. */
const messagesOf = (...keys: string[]): Leased[] =>
  keys.map((key, place) => leased({ key, place: String(place) }));
/** Places in the order of the messages that went out, call by call. */
const callsOf = (messages: Leased[]): (number | undefined)[][] =>
  server.requests.map(({ input }) =>
    input.Entries.map(({ MessageBody }: { MessageBody: string }) =>
      messages.findIndex(({ id }) => id === JSON.parse(MessageBody).message_id),
    ),
  );
const downOf = (work: Promise<unknown>): Promise<TransportDown> =>
  work.then(
    () => {
      throw new Error('it did not fail');
    },
    (error: unknown) => {
      if (error instanceof TransportDown) return error;
      throw error;
    },
  );
const ok = { ok: true };
const waits = { ok: false, reason: 'waits' };

/** Fails the entries with this text in their body, in answers with status 200. */
const failing =
  (text: string, code: string, senderFault: boolean): Script =>
  ({ input }, response) => {
    // biome-ignore lint/suspicious/noExplicitAny: entries of SQS
    const bad = (entry: any) => entry.MessageBody.includes(text);
    answer(response, {
      Successful: taken(input.Entries.filter((entry: object) => !bad(entry))),
      Failed: input.Entries.filter(bad).map(({ Id }: { Id: string }) => ({
        Id,
        Code: code,
        Message: 'as the test says',
        SenderFault: senderFault,
      })),
    });
  };

describe('sending to SQS', () => {
  it('goes as a batch of a FIFO queue', async () => {
    const message = leased({ key: 'real model', headers: { trace_id: 'ab12' } });
    expect(await send([message])).toEqual([ok]);
    const [request] = server.requests;
    expect(request?.action).toBe('SendMessageBatch');
    expect(request?.input).toEqual({
      QueueUrl: server.queueUrl,
      Entries: [
        {
          Id: '0',
          MessageBody: expect.stringContaining(`"message_id":"${message.id}"`),
          MessageGroupId: expect.stringMatching(/^sha256:/),
          MessageDeduplicationId: message.id,
          MessageAttributes: {
            message_type: { DataType: 'String', StringValue: 'model_ready_to_deploy' },
            trace_id: { DataType: 'String', StringValue: 'ab12' },
          },
        },
      ],
    });
  });

  it('takes ten in a call, and of one key only one', async () => {
    const messages = messagesOf(...Array.from({ length: 12 }, (_, index) => `k${index}`), 'k0', 'k0');
    expect(await send(messages)).toEqual(messages.map(() => ok));
    expect(callsOf(messages)).toEqual([[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], [10, 11, 12], [13]]);
  });

  it('splits what is together longer than a queue takes in one call', async () => {
    const long = { model_name: 'x'.repeat(100_000) };
    const messages = messagesOf('a', 'b', 'c').map((message) => ({ ...message, payload: long }));
    expect(await send(messages)).toEqual([ok, ok, ok]);
    expect(callsOf(messages)).toEqual([[0, 1], [2]]);
  });

  it('believes no answer with status 200: a failed entry fails, and what is behind it in its key waits', async () => {
    const messages = messagesOf('a', 'bad', 'a', 'bad', 'c');
    server.script = failing(String(messages[1]?.id), 'InternalError', false);
    expect(await send(messages)).toEqual([
      ok,
      { ok: false, reason: 'InternalError: as the test says', final: false },
      ok,
      waits,
      ok,
    ]);
    expect(callsOf(messages)).toEqual([[0, 1, 4], [2]]);
  });

  it('takes a fault of the message as final', async () => {
    const messages = messagesOf('a', 'b');
    server.script = failing(String(messages[0]?.id), 'InvalidMessageContents', true);
    expect(await send(messages)).toEqual([
      { ok: false, reason: 'InvalidMessageContents: as the test says', final: true },
      ok,
    ]);
  });

  it('does not take as sent what an answer says nothing of', async () => {
    server.script = (_, response) => answer(response, {});
    expect(await send(messagesOf('a'))).toEqual([
      { ok: false, reason: 'SQS answered, and said nothing of this message', final: false },
    ]);
  });

  it.each(['RequestThrottled', 'KmsAccessDenied', 'AccessDenied'])(
    'does not blame a message whose entry failed with %s, whatever it says of its sender',
    async (code) => {
      const messages = messagesOf('a', 'b', 'a', 'b');
      server.script = failing(String(messages[0]?.id), code, true);
      expect(await send(messages)).toEqual([waits, ok, waits, waits]);
      server.script = failing('message_id', code, true);
      expect((await downOf(send(messages))).cause).toMatch(/^(RATE_LIMITED|FORBIDDEN)$/);
    },
  );

  it('finds the one for which a whole call was refused, and sends the others', async () => {
    const messages = messagesOf('a', 'b', 'poison', 'poison', 'c', 'a');
    server.script = (request, response) =>
      request.input.Entries.some((entry: { MessageBody: string }) =>
        entry.MessageBody.includes(String(messages[2]?.id)),
      )
        ? refuse(response, 400, 'InvalidParameterValue', 'Message must be shorter than 1024 bytes.')
        : takeAll(request, response);
    expect(await send(messages)).toEqual([
      ok,
      ok,
      {
        ok: false,
        reason: 'InvalidParameterValue: Message must be shorter than 1024 bytes.',
        final: true,
      },
      waits,
      ok,
      ok,
    ]);
  });

  it('refuses without asking what no queue takes', async () => {
    const huge = leased({ key: 'huge', payload: { model_name: 'x'.repeat(1_100_000) } });
    const [refused, sent] = await send([huge, leased({ key: 'small' })]);
    expect(refused).toMatchObject({ final: true, reason: expect.stringMatching(/has 1100\d{3} bytes/) });
    expect(sent).toEqual(ok);
    expect(server.requests).toHaveLength(1);
  });

  it('keeps what was settled when SQS fails after it, and fails itself when nothing was', async () => {
    const messages = messagesOf(...Array.from({ length: 12 }, (_, index) => `k${index}`));
    server.script = (request, response) =>
      server.requests.length > 1
        ? refuse(response, 403, 'AccessDeniedException')
        : takeAll(request, response);
    expect(await send(messages)).toEqual(messages.map((_, place) => (place < 10 ? ok : waits)));
    expect((await downOf(send(messages))).cause).toBe('FORBIDDEN');
  });

  it('begins no call when its time is over', async () => {
    let time = 0;
    const messages = messagesOf('a', 'a', 'a');
    server.script = (request, response) => {
      time += 60;
      return takeAll(request, response);
    };
    expect(await send(messages, { sendMs: 100, now: () => time })).toEqual([ok, ok, waits]);
  });

  it('is for FIFO queues', () => {
    expect(() => sqsTransport(client.commands, 'https://sqs.us-east-1.amazonaws.com/1/events')).toThrow(
      'it ends in .fifo',
    );
    expect(sqsTransport(client.commands, server.queueUrl).name).toBe('sqs:events.fifo');
  });
});

describe('SQS that cannot be used', () => {
  it.each([
    ['RequestThrottled', 400, 'RATE_LIMITED'],
    ['ThrottlingException', 400, 'RATE_LIMITED'],
    ['AccessDeniedException', 403, 'FORBIDDEN'],
    ['AWS.SimpleQueueService.NonExistentQueue', 400, 'PATH_NOT_FOUND'],
    ['InternalFailure', 500, 'UPSTREAM_ERROR'],
    ['ServiceUnavailable', 503, 'UPSTREAM_ERROR'],
    ['KMS.DisabledException', 400, 'UPSTREAM_ERROR'],
    ['ExpiredToken', 403, 'API_KEY_REJECTED'],
    ['NeverHeardOf', 400, 'REQUEST_REJECTED'],
  ])('is told by its cause, and no message is blamed: %s', async (code, status, cause) => {
    server.script = (_, response) => refuse(response, status, code);
    expect((await downOf(send(messagesOf('a', 'b')))).cause).toBe(cause);
  });

  const html =
    (status: number): Script =>
    (_, response) => {
      response.writeHead(status, { 'content-type': 'text/html' }).end('<html>a page</html>');
    };
  it.each<[string, Script, string]>([
    ['a page with 502', html(502), 'BAD_GATEWAY'],
    ['a page with 200', html(200), 'UNEXPECTED_CONTENT'],
    ['a redirect', (_, response) => response.writeHead(302, { location: '/' }).end(), 'REDIRECTED'],
    ['a reset', (_, response) => response.destroy(), 'CONNECTION_RESET'],
    [
      'another body than was sent',
      (_, response) =>
        answer(response, { Successful: [{ Id: '0', MessageId: 'x', MD5OfMessageBody: '00' }] }),
      'UNEXPECTED_CONTENT',
    ],
  ])('is told by its cause when it answers with %s', async (_, script, cause) => {
    server.script = script;
    expect((await downOf(send(messagesOf('a')))).cause).toBe(cause);
  });

  it('is given up when it is silent, and tried once more within the deadline when it fails at once', async () => {
    server.script = () => undefined;
    expect(await downOf(send(messagesOf('a')))).toMatchObject({
      cause: 'RESPONSE_TIMEOUT',
      message: `TimeoutError: no answer within ${timeoutMs} ms`,
    });
    expect(server.requests).toHaveLength(1);
    server.script = (request, response) =>
      server.requests.length === 2 ? response.destroy() : takeAll(request, response);
    expect(await send(messagesOf('a'))).toEqual([ok]);
    expect(server.requests).toHaveLength(3);
  });

  it('is refused where nobody listens', async () => {
    await server.close();
    expect((await downOf(send(messagesOf('a')))).cause).toBe('CONNECTION_REFUSED');
    server = await startSqsServer();
  });

  it('shows nothing of the request, which AWS repeats when it rejects a signature', async () => {
    server.script = (_, response) =>
      refuse(response, 403, 'SignatureDoesNotMatch', 'x-amz-security-token:SESSION-TOKEN');
    const { cause, message } = await downOf(send(messagesOf('a')));
    expect([cause, message]).toEqual([
      'API_KEY_REJECTED',
      'SignatureDoesNotMatch: SQS rejects the credentials',
    ]);
  });
});
