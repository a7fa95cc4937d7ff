export { functionTimeout, Probe, type ProbeProps, type ProbeReader } from './probe.ts';
