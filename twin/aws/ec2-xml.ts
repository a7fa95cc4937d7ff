import { randomUUID } from 'node:crypto';
import { elementWriter } from './query-xml.ts';

const namespace = 'http://ec2.amazonaws.com/doc/2016-11-15/';

/** Unlike other services, EC2 writes a list as one element with an `item` for each. */
const element = elementWriter(
  (name, items, write) => `<${name}>${items.map((item) => write('item', item)).join('')}</${name}>`,
);

/** Answers as EC2 writes them. */
export const ec2Xml = {
  result: (operation: string, output: Record<string, unknown>): string =>
    element(`${operation}Response`, { requestId: randomUUID(), ...output }).replace(
      '>',
      ` xmlns="${namespace}">`,
    ),
  error: (code: string, message: string): string =>
    `<Response><Errors>${element('Error', { Code: code, Message: message })}</Errors>` +
    `<RequestID>${randomUUID()}</RequestID></Response>`,
};
