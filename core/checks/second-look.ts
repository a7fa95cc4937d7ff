/**
 * A second look at a port that was silent, or closed without a word: what does it do when nothing is sent,
 * and which protocol does it answer? Each question has a connection of its own, all at the same time.
 */
import type { Socket } from 'node:net';
import { atEndOf, type Budget } from './budget.ts';
import { type Protocol, protocols, shownBytes } from './protocols.ts';
import { dial } from './tcp.ts';

/** Longest time for all questions together, milliseconds. */
const secondLookMs = 800;
/** How long a connection may stay silent on which nothing is sent, until that is taken for waiting. */
const idleMs = 150;

/** What came of one question. */
export type Reaction =
  | { kind: 'answer'; bytes: Buffer }
  | { kind: 'closed' }
  | { kind: 'silent' }
  | { kind: 'unreachable' };

export interface SecondLook {
  /** The reaction to nothing at all: some servers speak first, some proxies hang up. */
  idle: Reaction;
  byProtocol: Record<Protocol, Reaction>;
}

/** The first bytes that come, or how the connection ends, or silence. */
const listen = (socket: Socket, budget: Budget): Promise<Reaction> =>
  new Promise((resolve) => {
    const cancel = atEndOf(budget, () => resolve({ kind: 'silent' }));
    const settle = (reaction: Reaction) => {
      cancel();
      resolve(reaction);
    };
    socket.once('data', (bytes: Buffer) => settle({ kind: 'answer', bytes }));
    socket.once('end', () => settle({ kind: 'closed' }));
    socket.once('close', () => settle({ kind: 'closed' }));
  });

const ask = async (address: string, port: number, say: Buffer | undefined, whole: Budget) => {
  const dialled = await dial(address, port, whole);
  if (!dialled.ok) {
    const kind = dialled.failure.cause === 'CONNECTION_RESET' ? 'closed' : 'unreachable';
    return { kind } satisfies Reaction;
  }
  const heard = listen(dialled.value, say ? whole : whole.part(idleMs));
  if (say) dialled.value.write(say);
  const reaction = await heard;
  dialled.value.destroy();
  return reaction;
};

export const lookAgain = async (address: string, port: number, whole: Budget): Promise<SecondLook> => {
  const budget = whole.part(secondLookMs);
  const names = Object.keys(protocols) as Protocol[];
  const [idle, ...reactions] = await Promise.all([
    ask(address, port, undefined, budget),
    ...names.map((name) => ask(address, port, protocols[name].say, budget)),
  ]);
  const byProtocol = Object.fromEntries(names.map((name, place) => [name, reactions[place]]));
  return { idle: idle as Reaction, byProtocol: byProtocol as Record<Protocol, Reaction> };
};

/** The protocols in which the port answered. */
export const spokenIn = ({ byProtocol }: SecondLook): Protocol[] =>
  (Object.keys(byProtocol) as Protocol[]).filter((name) => {
    const reaction = byProtocol[name];
    return reaction.kind === 'answer' && protocols[name].recognises(reaction.bytes);
  });

/** What it said before anything was sent, if it did. */
export const bannerOf = ({ idle }: SecondLook): string | undefined =>
  idle.kind === 'answer' ? shownBytes(idle.bytes) : undefined;

/** The look in one phrase for a report. */
export const lookInWords = (look: SecondLook): string => {
  const spoken = spokenIn(look);
  const words = {
    answer: 'another answer',
    closed: 'closed',
    silent: 'silent',
    unreachable: 'not connected',
  };
  const asked = (Object.keys(look.byProtocol) as Protocol[]).map((name) => {
    const reaction = spoken.includes(name) ? 'answered' : words[look.byProtocol[name].kind];
    return `${protocols[name].name} ${reaction}`;
  });
  return `the port was asked again: ${asked.join(', ')}, nothing sent ${words[look.idle.kind]}`;
};
