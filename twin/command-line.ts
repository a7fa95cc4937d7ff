import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { parseValue, settingDefinitions, shownValue } from '../core/settings/index.ts';
import { type FaultDefinition, type FaultName, faultNames, faults, isFaultName } from './faults/index.ts';
import { findRedis } from './servers/index.ts';
import { type UpstreamName, upstreamNames } from './upstreams.ts';

/** What the command line asks for. */
export type Command =
  | { kind: 'help' }
  | { kind: 'list-faults' }
  | ({ kind: 'once'; json: boolean } & RunOptions)
  | ({ kind: 'live'; tickSeconds: number; pagePort?: number } & RunOptions);

export interface RunOptions {
  /** Faults to inject before the first run. */
  broken: FaultName[];
  /** Directory of a cloud assembly to run in place of synthesizing one. */
  assembly?: string;
  /** Real servers in place of stand-ins. */
  real?: Partial<Record<UpstreamName, URL>>;
}

/** A command line that makes no sense; the message says what to write instead. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** Seconds that an alarm minute takes unless told otherwise: long enough to read, short enough to watch. */
const defaultTickSeconds = 5;

/** Faster than this a probe's own deadlines would not fit; slower than real time is of no use. */
const tickBounds = { min: 1, max: 60 };

export const usage = `usage: npm start [-- options]

Synthesizes the stack of the development environment and runs it on this machine: PostgreSQL, stand-ins
for MLflow and auth, the service behind a load balancer, the probes on their schedules, and the alarms; and
serves a page for the browser that shows all of it. Ctrl-C ends it.

  --once           run each probe once, print the reports; exit status 0: all good, 1: a check failed,
                   2: it could not run
  --json           with --once: one JSON object with reports and alarms on standard output
  --break NAME     inject a fault before the first run; may be repeated
  --list-faults    the faults that --break knows
  --assembly DIR   run what is synthesized in DIR, such as cdk.out/development, in place of synthesizing
  --mlflow-url URL run with the MLflow server at URL in place of a stand-in; faults happen in front of it
  --auth-url URL   likewise with an auth service
  --tick SECONDS   how long an alarm minute takes, ${tickBounds.min} to ${tickBounds.max}; ${defaultTickSeconds} unless told, 60 is real time
  --page-port PORT where the page for the browser is served on 127.0.0.1; a free port unless told
  --help           this text`;

/** The table of faults, for people. */
export const faultList = (): string => {
  const width = Math.max(...faultNames.map((name) => name.length)) + 2;
  return faultNames.map((name) => `${name.padEnd(width)}${faults[name].doc}`).join('\n');
};

const options = {
  once: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  break: { type: 'string', multiple: true, default: [] as string[] },
  'list-faults': { type: 'boolean', default: false },
  assembly: { type: 'string' },
  'mlflow-url': { type: 'string' },
  'auth-url': { type: 'string' },
  tick: { type: 'string' },
  'page-port': { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} satisfies ParseArgsOptionsConfig;

const parse = (args: readonly string[]) => {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: false }).values;
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n\n${usage}`);
  }
};

const faultsOf = (names: readonly string[], hasRedis: boolean): FaultName[] => {
  const unknown = names.filter((name) => !isFaultName(name));
  if (unknown.length > 0)
    throw new UsageError(
      `--break ${unknown.join(' --break ')}: no such fault. The faults are:\n\n${faultList()}`,
    );
  const known = [...new Set(names.filter(isFaultName))];
  const lacking = known.filter((name) => !hasRedis && (faults[name] as FaultDefinition).needs);
  if (lacking.length > 0)
    throw new UsageError(
      `--break ${lacking.join(' --break ')}: no redis-server is found on PATH. Install Redis ` +
        `(Debian, Ubuntu: apt-get install redis-server; macOS: brew install redis).`,
    );
  return known;
};

/** What the settings take as such an address is taken here too. */
const realOf = (values: Partial<Record<`${UpstreamName}-url`, string>>): RunOptions['real'] => {
  const given = upstreamNames.flatMap((name) => {
    const text = values[`${name}-url`];
    if (text === undefined) return [];
    const parsed = parseValue(text, settingDefinitions.MLFLOW_TRACKING_URI);
    if ('value' in parsed) return [[name, parsed.value as URL] as const];
    throw new UsageError(`--${name}-url ${shownValue(text)}: ${parsed.problem}.`);
  });
  return given.length > 0 ? Object.fromEntries(given) : undefined;
};

const tickOf = (text: string | undefined): number => {
  if (text === undefined) return defaultTickSeconds;
  const seconds = Number(text);
  if (text.trim() === '' || !(seconds >= tickBounds.min && seconds <= tickBounds.max))
    throw new UsageError(`--tick ${text}: write seconds from ${tickBounds.min} to ${tickBounds.max}.`);
  return seconds;
};

const portOf = (text: string | undefined): { pagePort?: number } => {
  if (text === undefined) return {};
  const port = Number(text);
  if (!/^\d+$/.test(text) || port < 1 || port > 65_535)
    throw new UsageError(
      `--page-port ${text}: write a port from 1 to 65535, or leave it out for a free one.`,
    );
  return { pagePort: port };
};

/**
 * @param hasRedis whether this machine has a `redis-server`
 * @throws UsageError
 */
export const readCommandLine = (args: readonly string[], hasRedis = findRedis() !== undefined): Command => {
  const { once, json, break: names, 'list-faults': list, tick, help, assembly, ...others } = parse(args);
  const { 'page-port': port, ...urls } = others;
  if (help) return { kind: 'help' };
  if (list) return { kind: 'list-faults' };
  const broken = faultsOf(names, hasRedis);
  const real = realOf(urls);
  const tickSeconds = tickOf(tick);
  const page = portOf(port);
  if (!once && json) throw new UsageError('--json belongs to --once: write --once --json.');
  if (once && tick !== undefined)
    throw new UsageError('--tick belongs to the live table; --once runs each probe once and ends.');
  if (once && port !== undefined)
    throw new UsageError('--page-port belongs to the live table; --once serves no page.');
  if (assembly !== undefined && !existsSync(join(assembly, 'manifest.json')))
    throw new UsageError(
      `--assembly ${assembly}: no manifest.json is there. npm run synth writes cdk.out/development.`,
    );
  const shared = {
    broken,
    ...(assembly !== undefined && { assembly: resolve(assembly) }),
    ...(real && { real }),
  };
  return once ? { kind: 'once', json, ...shared } : { kind: 'live', tickSeconds, ...page, ...shared };
};
