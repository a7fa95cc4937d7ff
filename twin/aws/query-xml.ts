import { randomUUID } from 'node:crypto';

const namespace = 'http://rds.amazonaws.com/doc/2014-10-31/';

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

const escaped = (value: unknown): string =>
  String(value).replaceAll(/[&<>"]/g, (character) => entities[character] ?? character);

/** Writes one element. How a list is written differs between services; what is not defined is left out. */
type Writer = (name: string, value: unknown) => string;

export const elementWriter = (list: (name: string, items: unknown[], write: Writer) => string): Writer => {
  const write: Writer = (name, value) => {
    if (value === undefined || value === null) return '';
    if (Array.isArray(value)) return list(name, value, write);
    const content =
      typeof value === 'object'
        ? Object.entries(value)
            .map(([member, item]) => write(member, item))
            .join('')
        : escaped(value);
    return `<${name}>${content}</${name}>`;
  };
  return write;
};

/** A list becomes repeated elements. */
const element = elementWriter((name, items, write) => items.map((item) => write(name, item)).join(''));

/** Answers of the AWS query protocol as RDS writes them. */
export const queryXml = {
  result: (operation: string, output: Record<string, unknown>): string =>
    `<${operation}Response xmlns="${namespace}">${element(`${operation}Result`, output)}` +
    `<ResponseMetadata><RequestId>${randomUUID()}</RequestId></ResponseMetadata></${operation}Response>`,
  error: (code: string, message: string): string =>
    `<ErrorResponse xmlns="${namespace}">${element('Error', { Type: 'Sender', Code: code, Message: message })}` +
    `<RequestId>${randomUUID()}</RequestId></ErrorResponse>`,
};
