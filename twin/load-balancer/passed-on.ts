import type { IncomingMessage } from 'node:http';

/** Headers that are for one connection only (RFC 9110, 7.6.1), and `Expect`, which the listener has answered. */
const ofOneConnection = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
  'expect',
]);

export type Header = [name: string, value: string];

/** Headers in their order and spelling, without those of the connection and those named by `Connection`. */
export const passedOn = ({ rawHeaders, headers }: IncomingMessage): Header[] => {
  const named = (headers.connection ?? '').split(',').map((name) => name.trim().toLowerCase());
  return rawHeaders
    .flatMap((name, index) => (index % 2 === 0 ? [[name, rawHeaders[index + 1] ?? ''] as Header] : []))
    .filter(([name]) => !ofOneConnection.has(name.toLowerCase()) && !named.includes(name.toLowerCase()));
};
