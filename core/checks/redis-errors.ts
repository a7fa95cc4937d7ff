/** What an error reply of Redis means: its first word, or for the general word ERR its text. */
import type { CauseCode } from '../causes/index.ts';
import { type Failure, failed } from './outcome.ts';

const byWord: Record<string, readonly [CauseCode, string]> = {
  NOAUTH: ['AUTHENTICATION_REQUIRED', 'the server wants a password and got none'],
  WRONGPASS: ['PASSWORD_REJECTED', 'the server rejects the password, or the user is unknown or disabled'],
  NOPERM: ['FORBIDDEN', 'the user may not do this'],
  DENIED: ['ADDRESS_NOT_ADMITTED', 'protected mode admits only clients of the same machine'],
  LOADING: ['LOADING', 'the server is loading its data'],
  OOM: [
    'OUT_OF_MEMORY',
    'the memory limit is reached and nothing may be evicted, so that writes are refused',
  ],
  READONLY: ['READ_ONLY', 'this node is a replica and takes no writes'],
  NOREPLICAS: ['READ_ONLY', 'too few replicas are connected, so that writes are refused'],
  MASTERDOWN: ['PRIMARY_LINK_DOWN', 'this node is a replica that has lost its primary'],
  MISCONF: ['SAVE_FAILED', 'the last save of the data failed, so that writes are refused'],
  BUSY: ['SERVER_BUSY', 'a script has been running for too long'],
  CLUSTERDOWN: ['CLUSTER_DOWN', 'the cluster does not serve the slot of this key'],
  MOVED: ['CLUSTER_MODE', 'the cluster keeps this key on another node'],
  ASK: ['CLUSTER_RESHARDING', 'the slot of this key is moving to another node'],
  TRYAGAIN: ['CLUSTER_RESHARDING', 'the slot of this key is moving to another node'],
};

const noPasswordSet = /without any password configured|no password is set/i;

/** Whether the server refused a password because it wants none. */
export const wantsNoPassword = ({ evidence }: Failure): boolean =>
  noPasswordSet.test(String(evidence?.reply));

const byText: readonly [RegExp, CauseCode, string][] = [
  // Within a script the words of the command come after those of the script.
  [/\bWRONGTYPE\b/, 'STATEMENT_REJECTED', 'a key is of another type than it must be (WRONGTYPE)'],
  [/max number of clients/i, 'MAX_CLIENTS', 'the limit of client connections is reached'],
  [/invalid password/i, 'PASSWORD_REJECTED', 'the server rejects the password'],
  [noPasswordSet, 'PASSWORD_REJECTED', 'a password was sent, and the server has none'],
  [/index is out of range|invalid DB index/i, 'DATABASE_MISSING', 'there is no such logical database'],
  [/not allowed in cluster mode/i, 'CLUSTER_MODE', 'the server runs in cluster mode'],
  // Redis 7.2 and before it.
  [
    /ACL failure in script|user executing the script can't run/i,
    'FORBIDDEN',
    'the user may run scripts, and not what this one does',
  ],
  [/unknown command/i, 'FORBIDDEN', 'the server does not have this command, or it was taken away'],
];

/** The server's own words, without the arguments that it repeats: one of them may be a password. */
const shownReply = (text: string): string =>
  text
    .replace(/,?\s*with args beginning with.*$/is, '')
    .replace(/[^\x20-\x7e]/g, '.')
    .slice(0, 120);

/** Commands that carry a password. Redis repeats none of it; who knows what else may listen there. */
const secretive = ['AUTH', 'HELLO'];

/** Named by the command that it answers; `UNKNOWN` carries what came. */
export const redisFailure = (text: string, command: string): Failure => {
  const word = text.split(' ', 1)[0] ?? '';
  const found = byWord[word] ?? byText.find(([pattern]) => pattern.test(text))?.slice(1);
  const [cause, sentence] = (found ?? []) as readonly [CauseCode?, string?];
  const evidence = { command, reply: shownReply(text) };
  const words = secretive.includes(command.toUpperCase()) ? '' : `: ${evidence.reply}`;
  return cause && sentence
    ? { cause, detail: `${command}: ${sentence}`, evidence }
    : failed('UNKNOWN', `${command} was answered with an error${words}`, evidence, 'query').failure;
};
