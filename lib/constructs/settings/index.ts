export { type RawValue, valueProblem } from './check-value.ts';
export { deriveSettings, type SettingSources, type Settings } from './derive-settings.ts';
