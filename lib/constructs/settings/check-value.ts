import { Token } from 'aws-cdk-lib/core';
import { overlaps } from '../../../core/network/index.ts';
import { definitionOf, type SettingName } from '../../../core/settings/index.ts';

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

const urlProblem = (text: string): string | undefined => {
  if (!URL.canParse(text)) return `'${text}' is no URL; write it like https://host:port`;
  const url = new URL(text);
  if (!['http:', 'https:'].includes(url.protocol)) return `'${text}' must begin with http:// or https://`;
  if (url.username || url.password) return 'it carries credentials; they belong in a secret';
  return hostProblem(url.hostname);
};

const numberProblem = (value: RawValue, min: number, max: number, whole: boolean): string | undefined => {
  const number = typeof value === 'boolean' || value === '' ? Number.NaN : Number(value);
  if (!Number.isFinite(number)) return `'${value}' is no number; write ${min} to ${max}`;
  if (whole && !Number.isInteger(number)) return `${value} is no whole number; write ${min} to ${max}`;
  return number < min || number > max ? `${value} is out of bounds; write ${min} to ${max}` : undefined;
};

/**
 * Why a value that is known at synth cannot be deployed, or nothing. References are taken as they are: their
 * value exists only later.
 */
export const valueProblem = (name: SettingName, value: RawValue): string | undefined => {
  const { kind, min, max, choices } = definitionOf(name);
  if (kind === 'secret' || kind === 'secret-url') {
    return 'it is a secret and may not stand in an environment; give its secret instead';
  }
  if (Token.isUnresolved(value)) return undefined;
  const text = String(value);
  switch (kind) {
    case 'integer':
      return numberProblem(value, min ?? 0, max ?? Number.MAX_SAFE_INTEGER, true);
    case 'seconds':
      return numberProblem(value, min ?? 0, max ?? Number.MAX_SAFE_INTEGER, false);
    case 'port':
      return numberProblem(value, 1, 65535, true);
    case 'boolean':
      return ['true', 'false'].includes(text) ? undefined : `'${text}' is not true or false`;
    case 'choice':
      return choices?.includes(text) ? undefined : `'${text}' is not one of ${choices?.join(', ')}`;
    case 'host':
      // The address to listen on is the task's own business.
      return name === 'API_HOST' ? undefined : hostProblem(text);
    case 'url':
      return urlProblem(text);
    default:
      return text.trim() === '' ? 'it is empty' : undefined;
  }
};
