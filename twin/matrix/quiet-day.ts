import pg from 'pg';
import type { ConditionName } from '../../core/conditions/index.ts';
import { type MetricDefinition, metrics } from '../../core/metrics/index.ts';
import { type Alarm, seriesOf, type Transition } from '../alarms/index.ts';
import { generatePassword } from '../aws/index.ts';
import type { Tick } from '../clock.ts';
import type { MetricStore, Sample, Series } from '../metrics/index.ts';
import { happensSeldom } from '../resources/index.ts';
import { conditionOf } from './expectation.ts';
import { createNoise } from './noise.ts';
import type { Stage } from './run-fault.ts';

/** What a quiet day came to. */
export interface QuietDay {
  ok: boolean;
  problems: string[];
  seed: number;
  minutes: number;
  /** Of `minutes`, those that ran for real; the others are drawn from them, with noise. */
  driven: number;
  pages: number;
  tickets: { minute: number; alarm: ConditionName; during: string }[];
  /** What happened, and in which minute. */
  events: { minute: number; event: string }[];
}

const minutesOfDay = 1440;

/** Quiet minutes that run for real, and are then drawn from. */
const recorded = 20;

/** Minutes after a failover in which what it raises belongs to it: the half hour of the longest short window. */
const aftermath = 35;

/** When things happen, as minutes of the day; quiet minutes are drawn in between. */
const schedule = { deployment: 240, rotation: 600, failover: 960 };

/**
 * A day as most are: users, noise, a deployment, a rotated password, and a failover that takes the database away
 * for two minutes. Nobody may be paged, and only the failover may open tickets.
 */
export const runQuietDay = async (stage: Stage, seed: number): Promise<QuietDay> => {
  const { twin, prefix, traffic } = stage;
  const { evaluator, clock, store } = stage.watch();
  const noise = createNoise(seed);
  const recordedBefore = twin.changes.lines().length;
  const minutes: (readonly Sample[])[] = [];
  const events: QuietDay['events'] = [];
  let minute = 0;
  let startedAt = Number.NaN;
  let driven = 0;
  const note = (event: string): void => void events.push({ minute, event });

  const run = async (): Promise<Tick> => {
    await traffic.minute();
    const tick = await clock.tick();
    if (tick.number === 0) startedAt = tick.at;
    minute += 1;
    driven += 1;
    return tick;
  };
  const draw = (until: number): void => {
    while (minute < until) {
      // The same minute of the schedule: five of them hold a run of the slower probes.
      const alike = minutes.filter((_, index) => index % 5 === minute % 5);
      clock.replay(noise(alike, minute));
      minute += 1;
    }
  };

  for (let count = 0; count < recorded; count += 1) minutes.push((await run()).samples);

  draw(schedule.deployment);
  note('deployment: another task takes the place of the one that runs');
  const replaced = Promise.all([twin.service.replace(), recordDeployment(stage)]);
  for (let count = 0; count < 4; count += 1) await run();
  await replaced;
  await run();

  draw(schedule.rotation);
  note('rotation: the application role has another password, and the secret has it too');
  await rotate(stage);
  for (let count = 0; count < 5; count += 1) await run();

  draw(schedule.failover);
  note('failover: the database is away for two minutes');
  await twin.foundation.database.server.stop('immediate');
  for (let count = 0; count < 2; count += 1) await run();
  await twin.foundation.database.server.start();
  for (let count = 0; count < 10; count += 1) await run();

  draw(minutesOfDay);

  const told = evaluator.transitions.filter(({ to }) => to === 'ALARM');
  const minuteOf = ({ at }: Transition): number => Math.round((at - startedAt) / 60_000);
  const tickets = told.map((one) => {
    const at = minuteOf(one);
    const last = events.findLast((event) => event.minute <= at);
    const during = last && at - last.minute <= aftermath ? (last.event.split(':')[0] ?? '') : 'nothing';
    return { minute: at, alarm: conditionOf(prefix, one.alarm), during };
  });
  const pages = tickets.filter(({ alarm }) => alarm === 'user-impact');
  const strangers = tickets.filter(({ during }) => during !== 'failover');
  const hows = twin.changes
    .lines()
    .slice(recordedBefore)
    .map(({ how }) => String(how));
  const problems = [
    ...(hows.join() === 'deployment,deployment,automation'
      ? []
      : [`the changes of the day were recorded as: ${hows.join(', ') || 'nothing'}`]),
    ...unpublished(evaluator.alarms, store),
    ...pages.map(({ minute: at }) => `somebody was paged in minute ${at}`),
    ...strangers.map(
      ({ alarm, minute: at, during }) => `${alarm} went off in minute ${at}, during ${during}`,
    ),
    ...twin.changes.problems(),
    ...(tickets.some(({ during }) => during === 'failover') ? [] : ['the failover opened no ticket']),
  ];
  return {
    ok: problems.length === 0,
    ...{ problems, seed, minutes: minute, driven, pages: pages.length, tickets, events },
  };
};

const shown = ({ namespace, name, dimensions }: Series): string =>
  `${namespace} ${name} {${Object.entries(dimensions)
    .map(([key, value]) => `${key}=${value}`)
    .sort()
    .join(', ')}}`;

/** Alarms on what nobody published all day, and metrics of the catalogue that nobody did. */
const unpublished = (alarms: readonly Alarm[], store: MetricStore): string[] => {
  const published = store.series();
  const seen = new Set(published.map(shown));
  const names = new Set(published.map(({ name }) => name));
  const onlyWhenItHappens = (series: Series): boolean =>
    happensSeldom(series.namespace, series.name) ||
    (metrics as Record<string, MetricDefinition>)[series.name]?.sparse === true;
  return [
    ...alarms.flatMap(({ definition }) =>
      seriesOf(definition)
        .filter((series) => !seen.has(shown(series)) && !onlyWhenItHappens(series))
        .map((series) => `${definition.name} watches ${shown(series)}, which nobody published all day`),
    ),
    ...Object.entries<MetricDefinition>(metrics)
      .filter(([name, { sparse }]) => !sparse && !names.has(name))
      .map(([name]) => `nobody published ${name}, which is in the catalogue of metrics`),
  ];
};

/** What CloudFormation calls for it; the recorder of changes knows it from what people do. */
const recordDeployment = async ({ twin: { changes, api } }: Stage): Promise<void> => {
  const { cluster, service, family } = api;
  const by = 'deployment';
  await changes.record({
    ...{ service: 'ecs', eventName: 'RegisterTaskDefinition', requestParameters: { family }, by },
  });
  await changes.record({
    ...{ service: 'ecs', eventName: 'UpdateService', requestParameters: { cluster, service }, by },
  });
};

/** As the rotation function of Secrets Manager does: the password is set, and then the secret has it. */
const rotate = async ({ twin, prefix }: Stage): Promise<void> => {
  const { application, foundation } = twin;
  const { database, secrets } = foundation;
  const password = generatePassword({ ExcludePunctuation: true });
  const role = pg.escapeIdentifier(application.user);
  const stored = secrets.all().find(({ value }) => value.includes(application.password));
  if (!stored) throw new Error('No secret of the template has the password of the application role.');
  await database.administer(`alter role ${role} password ${pg.escapeLiteral(password)}`);
  secrets.put(stored.arn, JSON.stringify({ ...JSON.parse(stored.value), password }));
  application.password = password;
  await twin.changes.record({
    ...{
      service: 'secretsmanager',
      eventName: 'PutSecretValue',
      requestParameters: { secretId: stored.arn },
    },
    by: { function: `${prefix}-rotate-application` },
  });
};
