import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { type HttpServer, sendJson, startHttpServer } from '../../fixtures/http-server.ts';

// biome-ignore lint/suspicious/noExplicitAny: the requests and answers of SQS, as they go over the wire
type Json = any;

export interface SqsRequest {
  /** Such as SendMessageBatch. */
  action: string;
  input: Json;
}

/** Answers of SQS in its JSON protocol, which a test decides. */
export type Script = (request: SqsRequest, response: ServerResponse) => unknown;

export interface SqsServer {
  http: HttpServer;
  queueUrl: string;
  requests: SqsRequest[];
  script: Script;
  close(): Promise<void>;
}

export const md5 = (text: string): string => createHash('md5').update(text).digest('hex');

/** What SQS says of messages that it took. */
export const taken = (entries: Json[]) =>
  entries.map(({ Id, MessageBody }) => ({
    Id,
    MessageId: `sqs-${Id}`,
    MD5OfMessageBody: md5(MessageBody),
    SequenceNumber: '18849496460467696128',
  }));

/** The body of a refused call, with the header in which SQS names the code of its older protocol. */
export const refuse = (
  response: ServerResponse,
  status: number,
  code: string,
  message = 'as the test says',
  type: 'Sender' | 'Receiver' = status < 500 ? 'Sender' : 'Receiver',
): void =>
  sendJson(
    response,
    status,
    { __type: `com.amazonaws.sqs#${code}`, message },
    { 'content-type': 'application/x-amz-json-1.0', 'x-amzn-query-error': `${code};${type}` },
  );

export const answer = (response: ServerResponse, body: Json): void =>
  sendJson(response, 200, body, { 'content-type': 'application/x-amz-json-1.0' });

export const takeAll: Script = ({ input }, response) =>
  answer(response, { Successful: taken(input.Entries), Failed: [] });

export const startSqsServer = async (script: Script = takeAll): Promise<SqsServer> => {
  const http = await startHttpServer((request, response) => {
    const { body } = http.received.at(-1) as { body: Buffer };
    const action = String(request.headers['x-amz-target']).replace('AmazonSQS.', '');
    const asked = { action, input: JSON.parse(body.toString()) };
    server.requests.push(asked);
    return server.script(asked, response);
  });
  const server: SqsServer = {
    http,
    queueUrl: `${http.url}/123456789012/events.fifo`,
    requests: [],
    script,
    close: () => http.close(),
  };
  return server;
};
