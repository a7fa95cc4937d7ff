import { createHash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { deepest } from '../../core/messages/index.ts';
import { Refused } from './request.ts';

/** A JSON value with its keys in order: two requests that mean the same have the same text. */
const canonical = (value: unknown, levels: number): unknown => {
  if (typeof value !== 'object' || value === null) return value;
  // Also of a field that is left aside: it is part of what the request says.
  if (levels < 0) throw new Refused(422, `the body is nested deeper than ${deepest} levels; nest it less`);
  if (Array.isArray(value)) return value.map((part) => canonical(part, levels - 1));
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, part]) => [key, canonical(part, levels - 1)]),
  );
};

/** @throws Refused for a body that is nested too deeply */
export const requestHash = (body: unknown): string =>
  createHash('sha256')
    .update(JSON.stringify(canonical(body, deepest)))
    .digest('hex');

/** As it stands, or in the quotes of a structured field. */
const presented = /^(?:"([\x21\x23-\x7e]{1,255})"|([\x21\x23-\x7e]{1,255}))$/;

/**
 * What makes a request the same as an earlier one: the header Idempotency-Key, or without it what it says. So a
 * client that knows no such header may send a request again after a lost answer, too.
 * @throws Refused when the header holds no key
 */
export const idempotencyKey = (request: FastifyRequest, hash: string): string => {
  const header = request.headers['idempotency-key'];
  if (header === undefined) return `content:${hash}`;
  const match = presented.exec(String(header));
  const key = match?.[1] ?? match?.[2];
  if (key !== undefined) return `given:${key}`;
  throw new Refused(400, 'Idempotency-Key must be 1 to 255 visible ASCII characters without quotes inside');
};
