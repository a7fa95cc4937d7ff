import type { Series } from '../metrics/index.ts';
import { type Refusal, Refused } from '../refused.ts';
import type { Assembly, Resolve, TemplateResource } from '../template/index.ts';
import { type AlarmDefinition, type CompositeAlarmDefinition, seriesOf } from './definition.ts';
import { type MuteRule, readMuteRule } from './mute-rule.ts';
import { readAlarm } from './read-alarm.ts';
import { readCompositeAlarm } from './read-composite.ts';

/** Everything of the templates that has to do with alarms. */
export interface AlarmSet {
  definitions: AlarmDefinition[];
  muteRules: MuteRule[];
  /** What is not evaluated, a sentence for each. */
  leftOut: string[];
  refused: RefusedResource[];
  /** The resource of each alarm that was not refused, by the alarm's name. */
  resources: ReadonlyMap<string, TemplateResource>;
}

/** A resource that was refused, with one of the reasons. */
export interface RefusedResource extends Refusal {
  resource: TemplateResource;
}

/** CloudWatch takes at most so many composite alarms on one alarm. */
const mostParents = 150;

/** The alarms of a circle that begins at one of them; empty without a circle. */
const circleFrom = (
  start: CompositeAlarmDefinition,
  composites: ReadonlyMap<string, CompositeAlarmDefinition>,
): string[] => {
  const seen = new Set<string>();
  const search = (name: string, path: readonly string[]): string[] => {
    if (name === start.name && path.length > 0) return [...path, name];
    if (seen.has(name)) return [];
    seen.add(name);
    for (const child of composites.get(name)?.children ?? []) {
      const found = search(child, [...path, name]);
      if (found.length > 0) return found;
    }
    return [];
  };
  return search(start.name, []);
};

/** Reads every alarm, composite alarm and mute rule; what is refused stands in `refused` and `leftOut`. */
export const readAlarmSet = (
  assembly: Assembly,
  resolve: Resolve,
  hasData: (series: Series) => boolean,
): AlarmSet => {
  const refused: RefusedResource[] = [];
  const leftOut: string[] = [];
  const readAll = <T>(type: string, read: (resource: TemplateResource, resolve: Resolve) => T) =>
    assembly.ofType(type).flatMap((resource) => {
      try {
        return [{ resource, read: read(resource, resolve) }];
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        refused.push(...error.all.map((refusal) => ({ resource, ...refusal })));
        return [];
      }
    });

  const metricAlarms = readAll('AWS::CloudWatch::Alarm', readAlarm);
  const composites = readAll('AWS::CloudWatch::CompositeAlarm', readCompositeAlarm);
  const muteRules = readAll('AWS::CloudWatch::AlarmMuteRule', readMuteRule);

  /** Names of all alarms of the templates, whether they are evaluated or not. */
  const named = new Set(
    ['AWS::CloudWatch::Alarm', 'AWS::CloudWatch::CompositeAlarm'].flatMap((type) =>
      assembly
        .ofType(type)
        .map(({ properties, stack, logicalId }) =>
          String(resolve(properties.AlarmName, stack) ?? `${stack.name}-${logicalId}`),
        ),
    ),
  );
  const compositesByName = new Map(composites.map(({ read }) => [read.name, read]));

  /** What is wrong between alarms, of one. */
  const objection = (composite: CompositeAlarmDefinition): string | undefined => {
    const { children, suppressor } = composite;
    const stranger = children.find((child) => !named.has(child));
    if (stranger !== undefined)
      return `AlarmRule refers to ${stranger}, which is no alarm of the templates; write the ARN of one that is.`;
    if (suppressor && !named.has(suppressor.alarm))
      return `ActionsSuppressor is ${suppressor.alarm}, which is no alarm of the templates; write the ARN of one that is.`;
    const circle = circleFrom(composite, compositesByName);
    if (circle.length > 0)
      return `AlarmRule leads back to the alarm itself: ${circle.join(' -> ')}. CloudWatch stops evaluating such alarms; take one reference out.`;
    const crowded = children.find(
      (child) => composites.filter(({ read }) => read.children.includes(child)).length > mostParents,
    );
    return crowded === undefined
      ? undefined
      : `AlarmRule refers to ${crowded}, to which more than ${mostParents} composite alarms refer.`;
  };

  const definitions: AlarmDefinition[] = [];
  for (const { read } of metricAlarms) {
    const without = seriesOf(read).find((series) => !hasData(series));
    if (without)
      leftOut.push(`alarm ${read.name}: nothing here publishes ${without.namespace} ${without.name}`);
    else definitions.push(read);
  }
  for (const { resource, read } of composites) {
    const why = objection(read);
    if (why === undefined) definitions.push(read);
    else refused.push({ resource, message: `Composite alarm ${read.name}: ${why}`, invalid: true });
  }
  for (const { resource, read } of muteRules) {
    const stranger = read.alarms.find((name) => !named.has(name));
    if (stranger !== undefined)
      refused.push({
        resource,
        message: `Alarm mute rule ${read.name}: MuteTargets.AlarmNames has ${stranger}, which is no alarm of the templates; write the name of one that is.`,
        invalid: true,
      });
  }

  const evaluated = new Set(definitions.map(({ name }) => name));
  for (const definition of definitions) {
    if (definition.kind !== 'composite') continue;
    const { suppressor, children, name } = definition;
    for (const child of [...children, ...(suppressor ? [suppressor.alarm] : [])])
      if (!evaluated.has(child))
        leftOut.push(`composite alarm ${name}: ${child} is not evaluated and counts as INSUFFICIENT_DATA`);
  }
  leftOut.push(...refused.map(({ message }) => `not evaluated: ${message}`));
  return {
    definitions,
    muteRules: muteRules
      .map(({ read }) => read)
      .filter((rule) => rule.alarms.every((alarm) => named.has(alarm))),
    leftOut,
    refused,
    resources: new Map([...metricAlarms, ...composites].map(({ resource, read }) => [read.name, resource])),
  };
};
