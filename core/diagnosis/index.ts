export { type Diagnosis, diagnose } from './diagnose.ts';
export type { Finding } from './findings.ts';
export { formatDiagnosis } from './format.ts';
export { type AlarmFact, type DiagnosisResult, type NotRun, resultOf } from './result.ts';
export { runVersion, type VersionOptions } from './running-commit.ts';
