/** Functions that are not for alarms, with the reason. Sources: CloudWatch user guide, "Using math expressions with CloudWatch metrics". */
export const unsafe: Readonly<Record<string, string>> = {
  ANOMALY_DETECTION_BAND: 'gives a band, not a series that a threshold can be compared with',
  DATAPOINT_COUNT: 'counts the datapoints that CloudWatch retrieves, whose number it does not publish',
  DIFF: 'compares with the datapoint before, which may be any time ago where data is sparse',
  DIFF_TIME: 'compares with the datapoint before, which may be any time ago where data is sparse',
  RATE: 'compares with the datapoint before, which may be any time ago where data is sparse',
  REMOVE_EMPTY: 'drops missing datapoints, so that the alarm looks at other periods than it says',
  RUNNING_SUM:
    'begins with the first datapoint that CloudWatch retrieves, and it does not publish how many it does',
  SEARCH: 'is not allowed in alarms',
};

/** Functions that exist in CloudWatch and are not implemented here. */
export const notImplemented: ReadonlySet<string> = new Set([
  ...['CONCAT', 'DATE', 'DAY', 'DB_PERF_INSIGHTS', 'EPOCH', 'FIRST', 'HOUR', 'INSIGHT_RULE_METRIC', 'LAMBDA'],
  ...[
    'LAST',
    'LOG',
    'LOG10',
    'METRICS',
    'METRIC_COUNT',
    'MINUTE',
    'MONTH',
    'PERIOD',
    'SELECT',
    'SERVICE_QUOTA',
  ],
  ...['SLICE', 'SORT', 'STDDEV', 'TIME_SERIES', 'YEAR'],
]);

/** One number from each. */
export const pointwise: Readonly<Record<string, (value: number) => number>> = {
  ABS: Math.abs,
  CEIL: Math.ceil,
  FLOOR: Math.floor,
};

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** One series from several: what the values that are there at a time come to. */
export const acrossSeries: Readonly<Record<string, (values: readonly number[]) => number>> = {
  AVG: (values) => sum(values) / values.length,
  MAX: (values) => Math.max(...values),
  MIN: (values) => Math.min(...values),
  SUM: sum,
};
