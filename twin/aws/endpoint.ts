import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { AwsError, type Operations } from './answer.ts';
import { ec2Xml } from './ec2-xml.ts';
import { queryXml } from './query-xml.ts';

/** Services whose calls the twin answers. The names are those in the SDK's requests. */
export interface AnsweredServices {
  secretsManager: Operations;
  rds: Operations;
  ecs: Operations;
  iam?: Operations;
  cloudWatch?: Operations;
  ec2?: Operations;
  sns?: Operations;
  logs?: Operations;
}

export interface AwsEndpoint {
  /** For `AWS_ENDPOINT_URL`. */
  url: string;
  /** Calls that were refused because the twin does not know them, as `service.Operation`. */
  unknown: ReadonlySet<string>;
  close(): Promise<void>;
}

/** How a service of the AWS JSON protocol is named in `X-Amz-Target`. */
const jsonTargets: Record<string, keyof AnsweredServices> = {
  secretsmanager: 'secretsManager',
  AmazonEC2ContainerServiceV20141113: 'ecs',
  GraniteServiceVersion20100801: 'cloudWatch',
  Logs_20140328: 'logs',
};

/** How a service of the query protocol is told by the version of its interface. */
const queryVersions: Record<string, keyof AnsweredServices> = {
  '2014-10-31': 'rds',
  '2010-05-08': 'iam',
  '2016-11-15': 'ec2',
  '2010-03-31': 'sns',
};

interface Call {
  /** For messages: `service.Operation`. */
  name: string;
  protocol: 'json' | 'query' | 'ec2';
  operation: string;
  operations: Operations | undefined;
  input: Record<string, unknown>;
}

const readCall = (request: IncomingMessage, body: string, services: AnsweredServices): Call => {
  const target = request.headers['x-amz-target'];
  if (typeof target === 'string') {
    const [service = '', operation = ''] = target.split('.');
    const key = jsonTargets[service];
    return {
      ...{ name: target, protocol: 'json', operation },
      operations: key && services[key],
      input: body === '' ? {} : (JSON.parse(body) as Record<string, unknown>),
    };
  }
  if (request.headers['content-type']?.startsWith('application/x-www-form-urlencoded')) {
    const input = Object.fromEntries(new URLSearchParams(body));
    const operation = input.Action ?? '';
    const service = queryVersions[input.Version ?? ''];
    const protocol = service === 'ec2' ? 'ec2' : 'query';
    return {
      ...{ name: `${service ?? `query API ${input.Version}`}.${operation}`, protocol, operation },
      operations: service && services[service],
      input,
    };
  }
  const name = `${request.method} ${request.url} (${request.headers['content-type'] ?? 'no content type'})`;
  return { name, protocol: 'json', operation: '', operations: undefined, input: {} };
};

const answerJson = (response: ServerResponse, status: number, body: object): void => {
  response.writeHead(status, {
    'content-type': 'application/x-amz-json-1.1',
    'x-amzn-requestid': randomUUID(),
  });
  response.end(JSON.stringify(body));
};

const answerXml = (response: ServerResponse, status: number, body: string): void => {
  response.writeHead(status, { 'content-type': 'text/xml' });
  response.end(body);
};

/**
 * Answers the AWS calls that the bundles make, in the protocols that the SDK speaks: AWS JSON 1.1 and the
 * query protocol, which EC2 writes in its own way. Signatures are not checked. A call that it does not know is
 * an error that names it.
 */
export const startAwsEndpoint = async (services: AnsweredServices): Promise<AwsEndpoint> => {
  const unknown = new Set<string>();

  const run = (call: Call): Record<string, unknown> => {
    const operation =
      call.operations && Object.hasOwn(call.operations, call.operation)
        ? call.operations[call.operation]
        : undefined;
    if (operation) return operation(call.input);
    unknown.add(call.name);
    throw new AwsError(
      'UnknownOperationException',
      `The twin does not answer ${call.name}. What it answers stands in twin/aws/.`,
    );
  };

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const call = readCall(request, await text(request), services);
    const xml = call.protocol === 'ec2' ? ec2Xml : queryXml;
    try {
      const output = run(call);
      if (call.protocol === 'json') answerJson(response, 200, output);
      else answerXml(response, 200, xml.result(call.operation, output));
    } catch (error) {
      const { code, status, message } =
        error instanceof AwsError ? error : new AwsError('InternalFailure', `The twin: ${error}`, 500);
      if (call.protocol === 'json') answerJson(response, status, { __type: code, message, Message: message });
      else answerXml(response, status, xml.error(code, message));
    }
  };

  const server = createServer((request, response) => {
    handle(request, response).catch((error) => {
      answerJson(response, 400, { __type: 'SerializationException', message: `The twin: ${error}` });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    unknown,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
};
