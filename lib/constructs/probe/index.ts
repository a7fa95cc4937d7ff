export { Probe, type ProbeProps, type ProbeReader } from './probe.ts';
