import { Token } from 'aws-cdk-lib/core';
import { overlaps } from '../../../core/network/index.ts';
import {
  definitionOf,
  isSecretKind,
  parseValue,
  type SettingName,
  shownValue,
} from '../../../core/settings/index.ts';

export type RawValue = string | number | boolean;

/** Ranges that mean another thing on every machine (RFC 1918, 1122, 3927). */
const privateRanges = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '127.0.0.0/8', '169.254.0.0/16'];

const isPrivateAddress = (host: string): boolean =>
  /^\d{1,3}(\.\d{1,3}){3}$/.test(host) && privateRanges.some((range) => overlaps(range, `${host}/32`));

/** Why a host cannot be meant where the service is deployed, or nothing. */
const hostProblem = (host: string): string | undefined => {
  const bare = host.toLowerCase().replace(/^\[|\]$/g, '');
  if (bare === 'localhost' || bare.endsWith('.localhost') || bare === '::1') {
    return `'${host}' is the task itself; write the name of the server`;
  }
  return isPrivateAddress(bare) ? `'${host}' is a private address, which changes; write the name` : undefined;
};

/** The host that a value leads to, for the kinds that have one. */
const hostOf = (name: SettingName, value: unknown): string | undefined => {
  // The address to listen on, and what runs in the same task, are the task's own business.
  if (name === 'API_HOST' || definitionOf(name).sameTask) return undefined;
  if (value instanceof URL) return value.hostname;
  return definitionOf(name).kind === 'host' ? String(value) : undefined;
};

/**
 * Why a value that is known at synth cannot be deployed, or nothing: what the service itself would refuse, and
 * what is wrong only where it is deployed. References are taken as they are: their value exists only later.
 */
export const valueProblem = (name: SettingName, value: RawValue): string | undefined => {
  const definition = definitionOf(name);
  if (isSecretKind(definition.kind)) {
    return 'it is a secret and may not stand in an environment; give its secret instead';
  }
  if (Token.isUnresolved(value)) return undefined;
  const text = String(value);
  if (text.trim() === '') return 'it is empty; leave it out, or write a value';
  // A path of a file is one inside the container.
  if (definition.kind === 'certificates') return undefined;
  const parsed = parseValue(text, definition);
  if ('problem' in parsed) return `${shownValue(text)} cannot be used: ${parsed.problem}`;
  const host = hostOf(name, parsed.value);
  return host === undefined ? undefined : hostProblem(host);
};
