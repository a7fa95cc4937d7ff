import { Token } from 'aws-cdk-lib/core';
import { hostProblem, leadsElsewhere } from '../../../core/drift/index.ts';
import {
  definitionOf,
  isSecretKind,
  parseValue,
  type SettingName,
  shownValue,
} from '../../../core/settings/index.ts';

export type RawValue = string | number | boolean;

/** The host that a value leads to, for the kinds that have one. */
const hostOf = (name: SettingName, value: unknown): string | undefined => {
  if (!leadsElsewhere(name)) return undefined;
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
