import { readFileSync } from 'node:fs';
import { conditions } from '../../core/conditions/index.ts';
import {
  type AlarmRow,
  alarmRows,
  type CompositeRow,
  compositeRows,
  refusals,
  type SeriesRef,
  type Statistic,
  type Watched,
} from '../../lib/index.ts';
import { heading, table } from './table.ts';

/** What `npm run faults -- --record` writes. */
interface RecordedMatrix {
  summary: {
    faults: number;
    passed: number;
    recallPercent: number;
    precisionPercent: number;
    minutesToPage: { median: number | null; most: number | null; worstPhase: number | null };
    targetsDropped: number;
    messagesLost: number;
  };
  quietDay?: {
    seed: number;
    minutes: number;
    driven: number;
    pages: number;
    tickets: { alarm: string; during: string }[];
  };
  faults: RecordedFault[];
}

interface RecordedFault {
  name: string;
  driven: boolean;
  breaks: string[];
  fired: string[];
  alarms: Record<string, { minutes?: number; recovery?: number; ranges: Record<string, number | undefined> }>;
  minutesToPage: number | null;
  minutesToRecovery: number | null;
  recoverySeconds: number;
  cause: { expected: string | null };
  health: string[];
  ready: string[];
  loadBalancer: string[];
  targetsDropped: number;
  messagesLost: number;
}

/** A stack of the size of production, with names that say what they stand for. */
const example: Watched = {
  dependencies: ['postgres', 'redis', 'mlflow', 'auth'],
  certificates: ['postgres', 'auth'],
  functions: {
    connectivity: 'P-connectivity-probe',
    databaseName: 'P-database-name-probe',
    capacity: 'P-capacity-probe',
    networkPath: 'P-network-path-probe',
    notifier: 'P-alarm-notifier',
    changeRecorder: 'P-change-recorder',
  },
  probeTimeout: 30,
  headroomPercent: 20,
  database: { identifier: 'P', instanceClass: 'db.m7g.large', storageGib: 100 },
  cache: { clusterId: 'P-001' },
  transport: 'redis',
  service: { cluster: 'P', name: 'the service', minTasks: 3, poolSize: 10 },
  loadBalancer: { name: 'P', targetGroups: ['P'] },
  topics: {
    page: { alarms: 'P-page', people: 'P-page-delivery' },
    ticket: { alarms: 'P-ticket', people: 'P-ticket-delivery' },
  },
};

const seriesText = (series: SeriesRef & { statistic: Statistic }): string =>
  'metric' in series
    ? `${series.statistic} of \`${series.metric}\`${series.dependency === undefined ? '' : ` (${series.dependency})`}`
    : `${series.statistic} of \`${series.namespace} ${series.metricName}\``;

const watches = ({
  measured,
  comparison,
  threshold,
  period,
  datapoints: [m, n],
  missing,
}: AlarmRow): string => {
  const what =
    'expression' in measured
      ? `\`${measured.expression}\` of ${Object.entries(measured.of)
          .map(([id, series]) => `${id} = ${seriesText(series)}`)
          .join(', ')}`
      : seriesText(measured);
  const periods = period === 60 ? 'minutes' : `periods of ${period / 60} min`;
  return `${what} ${comparison} ${threshold.toLocaleString('en')}, ${m} of ${n} ${periods}; no data: ${missing === 'breaching' ? 'bad' : 'good'}`;
};

const rule = ({ anyOf }: CompositeRow): string =>
  anyOf.map((names) => names.map((name) => `\`${name}\``).join(' and ')).join('; or ');

const minutes = (value: number | null | undefined): string =>
  value === null || value === undefined ? '-' : `${value}`;

const link = (runbook: string): string => `[${runbook.replace(/^runbooks\//, '')}](../${runbook})`;

const readRecord = (): RecordedMatrix =>
  JSON.parse(readFileSync(new URL('../faults.json', import.meta.url), 'utf8')) as RecordedMatrix;

export const alarmsPage = (): string => {
  const { summary, quietDay, faults } = readRecord();
  const rows = alarmRows(example);
  const composites = compositeRows(example);
  const measuredOf = (row: AlarmRow | CompositeRow) =>
    faults.find(({ name }) => name === row.proof.fault)?.alarms[row.name];
  const proofCells = (row: AlarmRow | CompositeRow): string[] => {
    const times = measuredOf(row);
    return [
      `\`${row.proof.fault}\`, ${row.proof.how}`,
      [times?.ranges['N+1'], times?.minutes, times?.ranges['N+3']].map(minutes).join(' / '),
      minutes(times?.recovery),
    ];
  };
  return [
    heading('Alarms', 'lib/constructs/alarms/ and docs/faults.json'),
    `Every alarm, what it watches, why at that threshold, and the fault that was seen to raise it. A fault is
**driven** when it happens for real, against real servers; **injected** when only the metric that AWS would publish is
made up, because nothing on one machine has it.

\`npm run faults\` injects ${summary.faults} faults, one after the other, into the synthesized stack on this machine:
real PostgreSQL and Redis, the real bundles of the functions, the real service, users behind the load balancer in
every minute. It compares the alarms that go off with those that follow from what the fault breaks, over the edges in
\`core/conditions\`, and fails on one that is missing and on one too many. What follows is its last recorded run
(\`npm run faults -- --record\`): ${summary.passed} of ${summary.faults} faults as expected, recall ${summary.recallPercent} %, precision
${summary.precisionPercent} %; minutes to page: median ${minutes(summary.minutesToPage.median)}, most ${minutes(summary.minutesToPage.most)}, by calculation ${minutes(summary.minutesToPage.worstPhase)} in the worst phase of
probes and evaluation; healthy targets dropped ${summary.targetsDropped}, messages lost ${summary.messagesLost}.
${
  quietDay
    ? `
A quiet day of ${quietDay.minutes} minutes (${quietDay.driven} of them driven, the others drawn from those with noise, seed ${quietDay.seed}) with a
deployment, a rotated password and a failover of two minutes: ${quietDay.pages} pages; tickets: ${
        quietDay.tickets.map(({ alarm, during }) => `\`${alarm}\` (${during})`).join(', ') || 'none'
      }.
`
    : ''
}
Only AWS can show that its alarms do the same. What is known of how CloudWatch evaluates them is in the evaluator of
the twin (\`twin/alarms/\`), which reproduces the tables of its guide; how many datapoints it retrieves beyond the
evaluation periods is not published, so the alarms must be the same for one, two and three more.`,
    '## What pages',
    `One alarm pages: the impact on users. Its parts, like all others, open tickets. Names begin with project and
environment, \`P-\`.`,
    table(
      ['alarm', 'users suffer when', 'fault', 'minutes N+1 / N+2 / N+3', 'minutes to recover', 'runbook'],
      composites.map((row) => [`\`${row.name}\``, rule(row), ...proofCells(row), link(row.runbook)]),
    ),
    `**Good over valid.** Valid are the requests that the load balancer took, good those that were not answered with 5xx by
the service or by the load balancer itself; 4xx are the clients' own. The objective is 99.9 % over 30 days. The fast
burn is 14.4 times what that allows over an hour and still in 3 of 5 minutes, the slow one 6 times in 4 of the last 12
half hours. Fewer than 10 requests in a minute, or 100 in a longer window, judge nothing.`,
    '## What opens a ticket',
    table(
      ['alarm', 'it watches', 'fault', 'minutes N+1 / N+2 / N+3', 'minutes to recover', 'runbook'],
      rows.map((row) => [`\`${row.name}\``, watches(row), ...proofCells(row), link(row.runbook)]),
    ),
    `Minutes are alarm minutes from the injection at the beginning of a minute, and from the end of the fault. In the
worst phase, with a fault that begins just after the probes ran and an alarm that is evaluated just before its datapoint
can be read, two more. \`-\` under recovery: the window remembers for longer than anybody waits for.`,
    '## Why so',
    table(
      ['alarm', 'threshold', 'how long it waits', 'what follows for users'],
      rows.map((row) => [`\`${row.name}\``, row.because, row.patience, row.consequence]),
    ),
    '## Each fault',
    table(
      [
        'fault',
        'how',
        'breaks',
        'alarms',
        'page',
        'over',
        's until served',
        '/health',
        '/ready',
        '/health/alb',
        'cause',
      ],
      faults.map((fault) => [
        `\`${fault.name}\``,
        fault.driven ? 'driven' : 'injected',
        fault.breaks.map((name) => conditions[name as keyof typeof conditions]?.means ?? name).join('; '),
        fault.fired.map((name) => `\`${name}\``).join(' '),
        minutes(fault.minutesToPage),
        minutes(fault.minutesToRecovery),
        `${fault.recoverySeconds}`,
        fault.health.join(', '),
        fault.ready.join(', '),
        fault.loadBalancer.join(', '),
        fault.cause.expected === null ? '' : `\`${fault.cause.expected}\``,
      ]),
    ),
    '## What AWS recommends and is not here',
    table(
      ['metric', 'why not'],
      refusals.map(({ metric, because }) => [`\`${metric}\``, because]),
    ),
    `Where AWS counts missing data of \`AWS/RDS\` as bad, here it is good: RDS publishes nothing of an instance that is
being replaced or is away, and that one is told by \`postgres-down\` and the page, minutes earlier and once.`,
    '## Switching off, and maintenance',
    `\`alarms: { 'queries-slow': false }\` in an environment's file leaves an alarm out; a composite goes on without it.
\`maintenance: [{ name: 'rds', schedule: 'cron(0 8 * * TUE)', minutes: 30 }]\` mutes what all alarms would tell, not the
alarms: what is still wrong when it ends is told then. For a deployment, mute by hand and for as long as it takes:

\`\`\`sh
aws cloudwatch put-alarm-mute-rule --name "$P-deployment" --mute-targets "AlarmNames=$P-healthy-targets-low" \\
  --rule "Schedule={Expression=at($(date -u +%FT%H:%M)),Duration=PT30M}"
\`\`\``,
  ].join('\n\n');
};
