/** Looking things up among the variables of a task. */
import { definitionOf, type SettingName, settingNames } from '../settings/index.ts';
import type { TaskFacts, TaskRevision, Variable } from './facts.ts';

const settingByName: ReadonlyMap<string, SettingName> = new Map(
  settingNames.flatMap((setting) =>
    [setting, ...(definitionOf(setting).aliases ?? [])].map((name) => [name, setting] as const),
  ),
);

/** The setting that a variable is a name of, alias or not. */
export const settingOf = (variable: string): SettingName | undefined => settingByName.get(variable);

export const variableNamed = (
  { variables }: TaskRevision,
  name: string,
  from?: Variable['from'],
): Variable | undefined =>
  variables.find((variable) => variable.name === name && (from === undefined || variable.from === from));

/** Whether a variable is what the stack deployed; undefined when that is not known. */
export const isAsDeployed = ({ running, deployed }: TaskFacts, name: string): boolean | undefined => {
  if (!deployed) return undefined;
  const [runs, was] = [variableNamed(running, name), variableNamed(deployed, name)];
  return runs?.from === was?.from && runs?.value === was?.value && runs?.reference === was?.reference;
};

/** `arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME`, then `:KEY:STAGE:VERSION`, all of them or none. */
const secretReference = /^(arn:[^:]+:secretsmanager:[^:]*:[^:]*:secret:[^:]+)(?::([^:]*):([^:]*):([^:]*))?$/;

/** The parts of `valueFrom`; undefined for what is no secret of Secrets Manager. */
export const secretReferenceOf = (reference: string): { arn: string; key: string } | undefined => {
  const [, arn, key = ''] = secretReference.exec(reference) ?? [];
  return arn === undefined ? undefined : { arn, key };
};
