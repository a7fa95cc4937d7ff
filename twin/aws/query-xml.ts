import { randomUUID } from 'node:crypto';

const namespace = 'http://rds.amazonaws.com/doc/2014-10-31/';

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

export const escaped = (value: unknown): string =>
  String(value).replaceAll(/[&<>"]/g, (character) => entities[character] ?? character);

/** A list becomes repeated elements; a member that is not defined is left out. */
const element = (name: string, value: unknown): string => {
  if (value === undefined || value === null) return '';
  if (Array.isArray(value)) return value.map((item) => element(name, item)).join('');
  const content =
    typeof value === 'object'
      ? Object.entries(value)
          .map(([member, item]) => element(member, item))
          .join('')
      : escaped(value);
  return `<${name}>${content}</${name}>`;
};

/** Answers of the AWS query protocol as RDS writes them. */
export const queryXml = {
  result: (operation: string, output: Record<string, unknown>): string =>
    `<${operation}Response xmlns="${namespace}">${element(`${operation}Result`, output)}` +
    `<ResponseMetadata><RequestId>${randomUUID()}</RequestId></ResponseMetadata></${operation}Response>`,
  error: (code: string, message: string): string =>
    `<ErrorResponse xmlns="${namespace}">${element('Error', { Type: 'Sender', Code: code, Message: message })}` +
    `<RequestId>${randomUUID()}</RequestId></ErrorResponse>`,
};
