/** List prices in us-east-1, without free tiers, US dollars; each with where it was read, and when. */
export interface Price {
  dollars: number;
  /** What it is paid for. */
  per: string;
  source: string;
  date: string;
}

const priceList = { source: 'AWS Pricing API extract', date: '2025-09-01' };
const infracost = { source: 'infracost golden files', date: '2024-07' };

export const prices = {
  metric: { dollars: 0.3, per: 'custom metric and month', ...priceList },
  alarmMetric: { dollars: 0.1, per: 'metric of an alarm and month', ...priceList },
  fastAlarmMetric: { dollars: 0.3, per: 'metric of a high-resolution alarm', ...priceList },
  compositeAlarm: { dollars: 0.5, per: 'composite alarm and month', ...priceList },
  dashboard: { dollars: 3, per: 'dashboard and month', ...infracost },
  computing: { dollars: 0.0000133334, per: 'GB-second of Lambda on arm64', ...infracost },
  request: { dollars: 0.2 / 1e6, per: 'run of a function', ...infracost },
  logIngestion: { dollars: 0.5, per: 'GB of log lines taken in', ...priceList },
  logStorage: { dollars: 0.03, per: 'GB of log lines kept a month', ...priceList },
  email: { dollars: 2 / 1e5, per: 'e-mail', source: 'infracost golden files', date: '2024-12' },
  secretCall: { dollars: 0.05 / 1e4, per: 'call to Secrets Manager', ...infracost },
  // Scheduled rules are events of AWS itself; EventBridge Scheduler, which is not used, takes $1 for a million.
  schedule: {
    ...{ dollars: 0, per: 'event of AWS itself, schedules of rules included' },
    ...{ source: 'factualminds.com', date: '2026-06' },
  },
  trace: {
    dollars: 5 / 1e6,
    per: 'trace of a function',
    source: 'aws.amazon.com/xray/pricing',
    date: '2026',
  },
  trail: {
    ...{ dollars: 0, per: 'first copy of management events' },
    ...{ source: 'aws.amazon.com/cloudtrail/pricing', date: '2026' },
  },
  endpoint: { dollars: 7.3, per: 'interface endpoint, zone and month', ...infracost },
  canaryRun: { dollars: 0.0012, per: 'run of a Synthetics canary', ...priceList },
} as const satisfies Record<string, Price>;

export type PriceName = keyof typeof prices;

/** Minutes of a month of 730 hours, as AWS counts it. */
export const minutesPerMonth = 43_800;
