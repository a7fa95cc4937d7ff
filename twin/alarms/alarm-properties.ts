import { Refused, readEach } from '../refused.ts';
import type { Resolve, TemplateResource } from '../template/index.ts';
import type { AlarmState } from './decision.ts';

/** Properties of one alarm, with references resolved, and refusals that name alarm and property. */
export interface AlarmProperties {
  name: string;
  description: string;
  get<T>(property: string): T | undefined;
  /** Properties that are there. */
  names: readonly string[];
  oneOf<T extends string>(property: string, known: readonly T[], otherwise?: T): T;
  /** A whole number of at least `least`, which is 1 unless told. */
  whole(property: string, otherwise?: number, least?: number): number;
  text(property: string): string;
  actions(): Record<AlarmState, string[]>;
  /** @throws Refused for what CloudWatch would not create */
  refuse(property: string, why: string): never;
  /** @throws Refused for properties other than these, each of them */
  onlyUnderstood(understood: readonly string[]): void;
  /** @throws Refused for what only the evaluator does not know */
  notImplemented(property: string, why?: string): never;
}

const actionProperties = {
  ALARM: 'AlarmActions',
  OK: 'OKActions',
  INSUFFICIENT_DATA: 'InsufficientDataActions',
} as const;

/** Properties that every kind of alarm has. */
export const sharedProperties = [
  ...['AlarmName', 'AlarmDescription', 'ActionsEnabled', 'Tags'],
  ...Object.values(actionProperties),
];

/** CloudWatch runs at most so many actions for each state. */
const mostActions = 5;

export const readProperties = (
  { properties, stack, logicalId }: TemplateResource,
  resolve: Resolve,
  /** What the resource is, and which property names it. */
  [kind, nameProperty]: readonly [kind: string, nameProperty: string] = ['Alarm', 'AlarmName'],
): AlarmProperties => {
  const get = <T>(property: string): T | undefined => resolve(properties[property], stack) as T | undefined;
  const name = get<string>(nameProperty) ?? `${stack.name}-${logicalId}`;
  const fail = (property: string, why: string, invalid: boolean): never => {
    throw new Refused([{ message: `${kind} ${name}: ${property} ${why}`, invalid }]);
  };
  const refuse = (property: string, why: string): never => fail(property, why, true);
  const notImplemented = (property: string, why = 'is not implemented by the evaluator.'): never =>
    fail(property, why, false);
  const names = Object.keys(properties).filter((key) => properties[key] !== undefined);
  return {
    name,
    description: get<string>('AlarmDescription') ?? '',
    names,
    get,
    refuse,
    notImplemented,
    onlyUnderstood: (understood) => {
      readEach(
        names.filter((key) => !understood.includes(key)),
        (key) => notImplemented(key),
      );
    },
    oneOf: (property, known, otherwise) => {
      const value = get<(typeof known)[number]>(property) ?? otherwise;
      if (value === undefined || !known.includes(value))
        return refuse(property, `must be one of ${known.join(', ')}, not ${JSON.stringify(value)}.`);
      return value;
    },
    whole: (property, otherwise, least = 1) => {
      const value = get<number>(property) ?? otherwise;
      if (!Number.isInteger(value) || Number(value) < least)
        return refuse(property, `must be a whole number of at least ${least}, not ${JSON.stringify(value)}.`);
      return Number(value);
    },
    text: (property) => {
      const value = get<unknown>(property);
      return typeof value === 'string' && value !== '' ? value : refuse(property, 'is missing.');
    },
    actions: () => {
      const enabled = get<unknown>('ActionsEnabled') ?? true;
      if (typeof enabled !== 'boolean')
        return refuse('ActionsEnabled', `must be true or false, not ${JSON.stringify(enabled)}.`);
      const read = (property: string): string[] => {
        const actions = get<unknown[]>(property) ?? [];
        if (actions.length > mostActions)
          return refuse(property, `names ${actions.length} actions; at most ${mostActions}.`);
        return enabled ? actions.map(String) : [];
      };
      return {
        ALARM: read(actionProperties.ALARM),
        OK: read(actionProperties.OK),
        INSUFFICIENT_DATA: read(actionProperties.INSUFFICIENT_DATA),
      };
    },
  };
};
