export type { Check, Dependency, Evidence, Phases, ProbeName, Report } from './report.ts';
