import { type CertificateAuthority, localNames } from './certificates.ts';
import { type Door, type OwnAnswer, startDoor } from './door/index.ts';
import { type StandIn, startAuth, startMlflow } from './servers/index.ts';
import type { Cleanups } from './stopping.ts';
import type { TrialKey } from './trial-key.ts';

/** The servers that the service asks and that no template creates. */
export const upstreamNames = ['mlflow', 'auth'] as const;

export type UpstreamName = (typeof upstreamNames)[number];

interface Kind {
  /** For people. */
  name: string;
  /** What is started when no real one is given. */
  standIn: (options: UpstreamOptions) => Promise<StandIn>;
  /** A 403 in its own words; MLflow's basic-auth app says these. */
  forbidden: OwnAnswer;
  /** Whether its clients come by TLS: auth is outside the VPC, MLflow inside. */
  tls: boolean;
}

const kinds: Record<UpstreamName, Kind> = {
  mlflow: {
    name: 'MLflow',
    standIn: () => startMlflow(),
    forbidden: { status: 403, server: 'gunicorn', contentType: 'text/html', body: 'Permission denied' },
    tls: false,
  },
  auth: {
    name: 'auth',
    standIn: ({ trial }) => startAuth({ [trial.key]: { scopes: trial.scopes } }),
    forbidden: {
      ...{ status: 403, server: 'uvicorn', contentType: 'application/json' },
      body: JSON.stringify({ detail: 'Forbidden' }),
    },
    tls: true,
  },
};

export interface UpstreamOptions {
  /** Real ones, by name. */
  real: Partial<Record<UpstreamName, URL>>;
  /** The stand-in for auth accepts it. */
  trial: TrialKey;
  authority: CertificateAuthority;
  cleanups: Cleanups;
}

/** Where upstreams are reached, and what stands behind. */
export interface Upstreams {
  doors: Record<UpstreamName, Door>;
  /** For people, one line. */
  description: string;
}

const startUpstream = async (
  name: UpstreamName,
  options: UpstreamOptions,
): Promise<{ door: Door; said: string }> => {
  const { standIn, forbidden, tls, name: called } = kinds[name];
  const { real, authority, cleanups } = options;
  let target = real[name];
  if (target === undefined) {
    const server = await standIn(options);
    cleanups.add(() => server.close());
    target = new URL(server.url);
  }
  const certificate = tls ? await authority.issue({ names: localNames }) : undefined;
  const door = await startDoor({ target, forbidden, certificate });
  cleanups.add(() => door.close());
  const behind = real[name] === undefined ? 'a stand-in' : `the one at ${target.origin}${target.pathname}`;
  return { door, said: `${called} ${door.url} (${behind})` };
};

/** Starts what is not given, and a door in front of each, at which faults happen. */
export const startUpstreams = async (options: UpstreamOptions): Promise<Upstreams> => {
  const [mlflow, auth] = await Promise.all([
    startUpstream('mlflow', options),
    startUpstream('auth', options),
  ]);
  return {
    doors: { mlflow: mlflow.door, auth: auth.door },
    description: `${mlflow.said}, ${auth.said}`,
  };
};
