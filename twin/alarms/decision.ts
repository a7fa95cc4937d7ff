export type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';
export type MissingData = 'missing' | 'ignore' | 'breaching' | 'notBreaching';

/** One datapoint of the evaluation range: does it breach the threshold, or is it missing? */
export type Point = 'good' | 'breaching' | 'missing';

export interface DecisionRule {
  /** N. */
  evaluationPeriods: number;
  /** M, at most N. */
  datapointsToAlarm: number;
  treatMissingData: MissingData;
}

/**
 * The state that CloudWatch gives for the datapoints of the evaluation range, newest last. It reproduces
 * every cell of the two tables in "Configuring how CloudWatch alarms treat missing data" (CloudWatch user
 * guide). One case there is only described as not going into ALARM (too few datapoints, all breaching, none
 * old enough): the state is kept.
 */
export const decide = (points: readonly Point[], rule: DecisionRule, before: AlarmState): AlarmState => {
  const { evaluationPeriods: n, datapointsToAlarm: m, treatMissingData } = rule;
  const real = points.filter((point) => point !== 'missing');
  const breaching = (some: readonly Point[]): number => some.filter((point) => point === 'breaching').length;
  const alarmIf = (condition: boolean): AlarmState => (condition ? 'ALARM' : 'OK');

  // Enough data: older datapoints of the range take the place of gaps, and gaps do not count.
  if (real.length >= n) return alarmIf(breaching(real.slice(-n)) >= m);

  if (real.length === 0) {
    if (treatMissingData === 'missing') return 'INSUFFICIENT_DATA';
    if (treatMissingData === 'ignore') return before;
    return alarmIf(treatMissingData === 'breaching');
  }

  const seen = breaching(real);
  if (treatMissingData === 'breaching') return alarmIf(seen + n - real.length >= m);
  if (treatMissingData === 'notBreaching') return alarmIf(seen >= m);
  if (seen >= m) return 'ALARM';
  if (seen < real.length) return 'OK';
  if (treatMissingData === 'ignore') return before;
  // Only breaching ones, fewer than M: ALARM once the oldest is as old as M datapoints would be.
  const ageOfOldest = points.length - points.indexOf('breaching');
  return ageOfOldest >= m ? 'ALARM' : before;
};
