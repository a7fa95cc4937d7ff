import { readAlarmSet, seriesOf } from '../alarms/index.ts';
import type { Series } from '../metrics/index.ts';
import type { Assembly, Resolve } from '../template/index.ts';
import { publishedDimensions } from './published-dimensions.ts';

const listed = (names: readonly string[]): string =>
  names.length === 0 ? 'no dimension' : [...names].sort().join(', ');

/** Why nothing would ever come for a metric of AWS: it is published with other dimensions. */
const dimensionProblem = ({ namespace, name, dimensions }: Series): string | undefined => {
  const published = publishedDimensions(namespace, name);
  const own = listed(Object.keys(dimensions));
  if (!published || published.some((names) => listed(names) === own)) return undefined;
  return (
    `Dimensions of ${namespace} ${name} are ${own}, and AWS publishes it with ` +
    `${published.map((names) => `(${listed(names)})`).join(' or ')} only; write one of these.`
  );
};

/** Names that two alarms have: CloudWatch keeps one alarm for each name. */
const nameProblems = (assembly: Assembly, resolve: Resolve): string[] => {
  const first = new Map<unknown, string>();
  return ['AWS::CloudWatch::Alarm', 'AWS::CloudWatch::CompositeAlarm'].flatMap((type) =>
    assembly.ofType(type).flatMap(({ stack, logicalId, properties }) => {
      const name = resolve(properties.AlarmName, stack);
      const place = `${stack.name} ${logicalId}`;
      const other = name === undefined ? undefined : first.get(name);
      if (other === undefined) first.set(name, place);
      return other === undefined
        ? []
        : [`${place}: AlarmName is ${name}, as of ${other}; write another one.`];
    }),
  );
};

/** Alarms, composite alarms and mute rules that CloudWatch would refuse, or that would never have data. */
export const alarmProblems = (assembly: Assembly, resolve: Resolve): string[] => {
  const { definitions, refused, resources } = readAlarmSet(assembly, resolve, () => true);
  return [
    ...nameProblems(assembly, resolve),
    ...refused
      .filter(({ invalid }) => invalid)
      .map(({ resource, message }) => `${resource.stack.name} ${resource.logicalId}: ${message}`),
    ...definitions.flatMap((definition) =>
      seriesOf(definition).flatMap((series) => {
        const problem = dimensionProblem(series);
        const resource = resources.get(definition.name);
        const place = resource ? `${resource.stack.name} ${resource.logicalId}: ` : '';
        return problem === undefined ? [] : [`${place}Alarm ${definition.name}: ${problem}`];
      }),
    ),
  ];
};
