import type { Sample } from './metrics/index.ts';

/** One run of a function. */
export interface FunctionRun {
  functionName: string;
  failed: boolean;
  durationMs: number;
}

/** What Lambda itself publishes of an invocation. */
export const lambdaMetrics = ({ functionName, failed, durationMs }: FunctionRun, at: number): Sample[] => {
  const sample = (name: string, unit: string, value: number): Sample => ({
    namespace: 'AWS/Lambda',
    name,
    dimensions: { FunctionName: functionName },
    unit,
    at,
    values: [value],
  });
  return [
    sample('Invocations', 'Count', 1),
    sample('Errors', 'Count', failed ? 1 : 0),
    sample('Throttles', 'Count', 0),
    sample('Duration', 'Milliseconds', durationMs),
  ];
};
