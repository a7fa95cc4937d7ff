import { randomUUID } from 'node:crypto';
import { escaped } from './query-xml.ts';

const namespace = 'http://ec2.amazonaws.com/doc/2016-11-15/';

/** Unlike other services, EC2 writes a list as one element with an `item` for each. */
const element = (name: string, value: unknown): string => {
  if (value === undefined || value === null) return '';
  if (Array.isArray(value))
    return `<${name}>${value.map((item) => element('item', item)).join('')}</${name}>`;
  const content =
    typeof value === 'object'
      ? Object.entries(value)
          .map(([member, item]) => element(member, item))
          .join('')
      : escaped(value);
  return `<${name}>${content}</${name}>`;
};

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
