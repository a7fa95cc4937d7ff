/** What watching one environment costs a month, row by row, from its template. */
import { settingDefinitions } from '../../core/settings/index.ts';
import { dependenciesOf, type Environment, prefixOf } from '../environments/index.ts';
import { minutesPerMonth, type PriceName, prices } from './prices.ts';
import { denseSeries } from './series.ts';
import {
  alarmMetrics,
  ofType,
  type Template,
  type WatchingFunction,
  watchingFunctions,
} from './templates.ts';
import { emailsPerAddress, metricLineBytes, secretLifeMinutes, usageOf } from './usage.ts';

export interface AccountRow {
  item: string;
  quantity: number;
  unit: string;
  price: PriceName;
  /** US dollars a month. */
  monthly: number;
}

export interface Account {
  environment: string;
  egress: Environment['network']['egress'];
  rows: AccountRow[];
  /** Where the network has a way out, or these endpoints, anyway. */
  total: number;
  /** The endpoints that the functions call through, were they there for them alone. */
  endpoints: AccountRow & { services: string[] };
  totalWithOwnEndpoints: number;
  /** What CloudWatch Synthetics takes for runs alone, each minute. */
  canaries: { one: number; four: number };
}

const row = (item: string, quantity: number, unit: string, price: PriceName): AccountRow => ({
  ...{ item, quantity, unit, price },
  monthly: quantity * prices[price].dollars,
});

const sumOf = <T>(items: readonly T[], value: (item: T) => number): number =>
  items.reduce((sum, item) => sum + value(item), 0);

const runsOf = ({ bundle, everyMinutes }: WatchingFunction): number =>
  everyMinutes === undefined ? (usageOf(bundle).runs ?? 0) : minutesPerMonth / everyMinutes;

/** A secret is read again when it is too old, at most once in a run. */
const secretCallsOf = (one: WatchingFunction): number =>
  one.secrets * Math.min(runsOf(one), minutesPerMonth / secretLifeMinutes);

/** Lines of metrics that the tasks write, bytes a month. */
const serviceBytes = (environment: Environment): number => {
  const interval = Number(
    environment.settings.METRICS_INTERVAL ?? settingDefinitions.METRICS_INTERVAL.default,
  );
  // One line of the whole, one for each breaker; that of PostgreSQL has the pool too.
  const lines = 1 + dependenciesOf(environment).length;
  return ((minutesPerMonth * 60) / interval) * lines * metricLineBytes * environment.service.minTasks;
};

const gigabyte = 1e9;
const daysPerMonth = 30.4;

/**
 * @param template of the stack that watches
 * @throws RangeError for an alarm whose price is not known here
 */
export const accountOf = (environment: Environment, template: Template): Account => {
  const functions = watchingFunctions(template, prefixOf(environment));
  const scheduled = functions.filter(({ everyMinutes }) => everyMinutes !== undefined);
  const alarms = alarmMetrics(template);
  const addresses = ofType(template, 'AWS::SNS::Subscription').filter(
    ({ properties }) => properties.Protocol === 'email',
  );
  const logBytesOf = (one: WatchingFunction): number => runsOf(one) * usageOf(one.bundle).logBytes;
  const functionBytes = sumOf(functions, logBytesOf);
  /** Bytes times days: of each line as long as it is kept. */
  const kept =
    sumOf(functions, (one) => logBytesOf(one) * (one.logDays ?? environment.logDays)) +
    serviceBytes(environment) * environment.logDays;
  const rows = [
    row('custom metrics', denseSeries(environment), 'series', 'metric'),
    row('alarms', alarms.standard, 'metrics', 'alarmMetric'),
    row('alarms, high resolution', alarms.fast, 'metrics', 'fastAlarmMetric'),
    row(
      'composite alarms',
      ofType(template, 'AWS::CloudWatch::CompositeAlarm').length,
      'alarms',
      'compositeAlarm',
    ),
    row('dashboard', ofType(template, 'AWS::CloudWatch::Dashboard').length, 'dashboards', 'dashboard'),
    ...functions.map((one) =>
      row(
        one.bundle,
        (runsOf(one) * usageOf(one.bundle).milliseconds * one.memoryMiB) / 1_024 / 1_000,
        'GB-seconds',
        'computing',
      ),
    ),
    row('runs of functions', sumOf(functions, runsOf), 'runs', 'request'),
    row('schedules', sumOf(scheduled, runsOf), 'runs', 'schedule'),
    row(
      'traces of functions',
      sumOf(
        functions.filter(({ traced }) => traced),
        runsOf,
      ),
      'traces',
      'trace',
    ),
    row('log lines of functions', functionBytes / gigabyte, 'GB', 'logIngestion'),
    row('metric lines of the service', serviceBytes(environment) / gigabyte, 'GB', 'logIngestion'),
    row('log lines kept', kept / gigabyte / daysPerMonth, 'GB', 'logStorage'),
    row('secrets read', sumOf(functions, secretCallsOf), 'calls', 'secretCall'),
    row('notifications', Math.max(1, addresses.length) * emailsPerAddress, 'e-mails', 'email'),
    row('trail of changes', ofType(template, 'AWS::CloudTrail::Trail').length, 'trails', 'trail'),
  ];
  const services = [...new Set(functions.flatMap(({ reaches }) => reaches))].sort();
  const endpoints = {
    ...row('endpoints of its own', services.length * environment.network.zones.length, 'zones', 'endpoint'),
    services,
  };
  const total = sumOf(rows, ({ monthly }) => monthly);
  const canary = minutesPerMonth * prices.canaryRun.dollars;
  return {
    environment: environment.name,
    egress: environment.network.egress,
    rows,
    total,
    endpoints,
    totalWithOwnEndpoints: total + endpoints.monthly,
    canaries: { one: canary, four: 4 * canary },
  };
};
