/** Counts the connections of the server as a role of its own, and says who holds them when few are left. */
import {
  type Budget,
  budgetOf,
  type CheckResult,
  type Climb,
  cannotRun,
  type Evidence,
  type Outcome,
  openPostgres,
  type ProbeRun,
  runCheck,
  runProbe,
  type SecretReader,
  settingsCheck,
  succeeded,
  userOfSecret,
} from '../../core/checks/index.ts';
import { emfLine } from '../../core/metrics/index.ts';
import { type PostgresTarget, resolvePostgres, type SettingsReading } from '../../core/settings/index.ts';
import { explainRefusal, headroomOf, judgeHeadroom, type Remembered } from './headroom.ts';
import { judgeLocks } from './locks.ts';
import { readSessions, type Sessions } from './sessions.ts';

/** What a function keeps from one run to the next. */
export interface Memory {
  last?: Remembered;
}

export const createMemory = (): Memory => ({});

interface Run {
  settings: SettingsReading;
  secrets: SecretReader;
  memory: Memory;
  whole: Budget;
  started: Date;
}

/** The share that is left, as far as this run could find out. */
interface Found {
  headroomPercent?: number;
}

/** Refused because no slot is left; a limit of a role or a database says nothing of the server. */
const serverIsFull = ({ cause, detail }: { cause: string; detail: string }): boolean =>
  cause === 'TOO_MANY_CONNECTIONS' && !/^too many connections for (role|database) /.test(detail);

const measure = async (target: PostgresTarget, run: Run, climb: Climb): Promise<Outcome<Sessions>> => {
  const { settings, secrets, whole } = run;
  const secretId = settings.get('CAPACITY_PROBE_SECRET_ID');
  const dnsTimeoutMs = settings.get('DNS_TIMEOUT') * 1_000;
  const user = secretId
    ? await userOfSecret({ secretId, target, secrets, dnsTimeoutMs }, climb, whole)
    : succeeded(target.user);
  if (!user.ok) return user;
  const queryTimeoutMs = settings.get('HEALTH_QUERY_TIMEOUT') * 1_000;
  const options = {
    target: { ...target, user: user.value },
    secrets,
    dnsTimeoutMs,
    queryTimeoutMs,
  };
  const opened = await openPostgres(options, climb, whole);
  if (!opened.ok) return opened;
  const sessions = await readSessions(opened.value, whole, queryTimeoutMs);
  opened.value.close();
  return sessions;
};

const judge = (measured: Outcome<Sessions>, run: Run, found: Found): Outcome<Evidence> => {
  const { settings, memory, started } = run;
  if (measured.ok) {
    found.headroomPercent = headroomOf(measured.value).percent;
    memory.last = { at: started.toISOString(), sessions: measured.value };
    const headroom = judgeHeadroom(measured.value, settings.get('CAPACITY_HEADROOM_PERCENT'));
    const locks = headroom.ok ? judgeLocks(measured.value) : headroom;
    return locks.ok ? headroom : locks;
  }
  if (!serverIsFull(measured.failure)) return measured;
  found.headroomPercent = 0;
  return { ok: false, failure: explainRefusal(measured.failure, memory.last, started.getTime()) };
};

const check = async (target: PostgresTarget, run: Run, found: Found): Promise<CheckResult> => {
  const { host, port, database } = target;
  const result = await runCheck('postgres', `${host}:${port}/${database}`, async (climb) => {
    const judged = judge(await measure(target, run, climb), run, found);
    if (!judged.ok) return judged;
    Object.assign(climb.evidence, judged.value);
    return succeeded({});
  });
  return result.check.ok ? { check: { ...result.check, layer: 'capacity' } } : result;
};

/**
 * Runs the capacity probe. It logs in with CAPACITY_PROBE_SECRET_ID, else as the other settings say. Without a
 * number there is no metric: that of a server which is away is the connectivity probe's to tell.
 */
export const runCapacity = (
  settings: SettingsReading,
  secrets: SecretReader,
  memory: Memory,
): Promise<ProbeRun> => {
  const environment = settings.get('ENVIRONMENT');
  return runProbe('capacity', environment, async (started) => {
    const own = settings.problemsOf('service', 'probe');
    if (own.length > 0)
      return { checks: cannotRun(['postgres'], own).map((result) => result.check), metricLines: [] };
    const secretId = settings.get('CAPACITY_PROBE_SECRET_ID');
    const resolved = resolvePostgres(settings, secretId ? { user: '', secretId } : undefined);
    if (!resolved.ok) return { checks: [settingsCheck('postgres', resolved.problems)], metricLines: [] };
    const whole = budgetOf(settings.get('PROBE_DEADLINE') * 1_000);
    const found: Found = {};
    const result = await check(resolved.value, { settings, secrets, memory, whole, started }, found);
    const line = (percent: number): string =>
      emfLine({
        timestamp: started.getTime(),
        environment,
        dependency: 'postgres',
        values: { ConnectionHeadroomPercent: percent },
        properties: result.check.cause ? { cause: result.check.cause } : {},
      });
    return {
      checks: [result.check],
      metricLines: found.headroomPercent === undefined ? [] : [line(found.headroomPercent)],
    };
  });
};
