import type { Sample, Series } from '../metrics/index.ts';
import type { Database, RedisServer } from '../servers/index.ts';
import { baselines, publishes } from './baseline.ts';

/** What AWS publishes of its resources each minute. */
export interface Resources {
  take(): Promise<Sample[]>;
  /**
   * Publishes this value of every series of the metric that has these dimensions, in place of the usual one, or
   * beside what is measured.
   * @returns undoes it
   */
  set(change: {
    namespace: string;
    name: string;
    dimensions?: Record<string, string>;
    value: number;
  }): () => void;
}

export interface ResourcesOptions {
  /** The series that somebody looks at: with their dimensions, which AWS decides and not the twin. */
  wanted: readonly Series[];
  database: Database;
  cache: RedisServer | undefined;
  /** Bytes that a cache without a limit of its own has: the memory of its node. */
  cacheMemory?: number;
}

const units: Readonly<Record<string, string>> = {
  NumberOfNotificationsFailed: 'Count',
  RejectedConnectionCount: 'Count',
  DatabaseConnections: 'Count',
  DatabaseMemoryUsagePercentage: 'Percent',
  Duration: 'Milliseconds',
  CertificateDaysLeft: 'None',
  ConnectDurationMs: 'Milliseconds',
};

const unitOf = ({ namespace, name }: Series): string =>
  baselines[namespace]?.[name]?.unit ?? units[name] ?? 'None';

const connections = async ({ server, administer }: Database): Promise<number | undefined> => {
  if (server.pid() === undefined) return undefined;
  try {
    const { rows } = await administer(
      `select count(*)::int as count from pg_stat_activity
        where backend_type = 'client backend' and pid <> pg_backend_pid()`,
      'postgres',
      500,
    );
    return rows[0].count as number;
  } catch {
    // RDS publishes nothing of a server that does not answer either.
    return undefined;
  }
};

const memoryPercent = async (cache: RedisServer, nodeMemory: number): Promise<number | undefined> => {
  try {
    const [answer] = await cache.administer([['INFO', 'memory']]);
    const number = (name: string): number =>
      Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(String(answer))?.[1]);
    const limit = number('maxmemory') || nodeMemory;
    return Math.min(100, (100 * number('used_memory')) / limit);
  } catch {
    return undefined;
  }
};

/** 1.37 GiB, what ElastiCache gives a cache.t4g.small. */
const smallNode = 1.37 * 1024 ** 3;

export const createResources = ({
  wanted,
  database,
  cache,
  cacheMemory = smallNode,
}: ResourcesOptions): Resources => {
  type Change = Parameters<Resources['set']>[0];
  let changes: Change[] = [];
  const changed = ({ namespace, name, dimensions }: Series): Change | undefined =>
    changes.findLast(
      (change) =>
        change.namespace === namespace &&
        change.name === name &&
        Object.entries(change.dimensions ?? {}).every(([key, value]) => dimensions[key] === value),
    );
  const measured: Readonly<Record<string, () => Promise<number | undefined>>> = {
    'AWS/RDS DatabaseConnections': () => connections(database),
    'AWS/ElastiCache DatabaseMemoryUsagePercentage': async () => cache && memoryPercent(cache, cacheMemory),
  };
  const current = async (series: Series): Promise<number | undefined> => {
    const change = changed(series);
    if (change) return change.value;
    const usual = baselines[series.namespace]?.[series.name]?.value;
    return usual ?? measured[`${series.namespace} ${series.name}`]?.();
  };
  const sampleOf = async (series: Series): Promise<Sample[]> => {
    const value = await current(series);
    return value === undefined ? [] : [{ ...series, unit: unitOf(series), at: Date.now(), values: [value] }];
  };
  return {
    take: async () => {
      const own = wanted.filter((series) => publishes(series.namespace, series.name) || changed(series));
      return (await Promise.all(own.map(sampleOf))).flat();
    },
    set: (change) => {
      changes = [...changes, change];
      return () => {
        changes = changes.filter((one) => one !== change);
      };
    },
  };
};
