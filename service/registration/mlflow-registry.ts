/** What a registration asks of MLflow. */
import type { Upstream } from '../upstream/index.ts';
import { readAnswer } from '../upstream/index.ts';
import { Refused, versionPattern } from './request.ts';

/** MLflow as one caller sees it. */
export interface MlflowRegistry {
  /** The value of a metric of a run; undefined when the run has none of that name. */
  metric(runId: string, name: string): Promise<number | undefined>;
  hasVersion(name: string, version: string): Promise<boolean>;
  /** Creates the model where it is missing, and a version of it. Gives the number of the version. */
  createVersion(version: NewVersion): Promise<string>;
  /** The version that an earlier attempt of this registration has created. */
  createdVersion(name: string, registrationId: string): Promise<string | undefined>;
}

export interface NewVersion {
  name: string;
  source: string;
  runId?: string | undefined;
  description?: string | undefined;
  tags: Readonly<Record<string, string>>;
  registrationId: string;
}

/** Marks a version with the registration that made it, so that a second attempt finds it. */
const registrationTag = 'breakwater.registration';

const longestAnswer = 1024 * 1024;

/** What a client is told to wait while MLflow answers with errors, seconds. */
const waitSeconds = 5;

/** MLflow answered, and not as it does when it works. */
export class MlflowRefused extends Refused {
  readonly errorCode: string;

  constructor(status: number, errorCode: string, message: string) {
    super(status, message, status >= 500 ? waitSeconds : undefined);
    this.errorCode = errorCode;
  }
}

type Json = Record<string, unknown>;

const parsed = (bytes: Buffer | undefined): Json => {
  try {
    const value: unknown = JSON.parse(bytes?.toString('utf8') ?? '');
    return typeof value === 'object' && value !== null ? (value as Json) : {};
  } catch {
    return {};
  }
};

/** Whose fault a refusal of MLflow is, for the client of this service. */
const statusFor = (status: number): number => {
  if (status === 429 || status === 503) return 503;
  if (status === 504) return 504;
  return status >= 400 && status < 500 && status !== 401 && status !== 403 ? 422 : 502;
};

const child = (value: unknown, name: string): Json => {
  const found = (value as Json | undefined)?.[name];
  return typeof found === 'object' && found !== null ? (found as Json) : {};
};

const list = (value: unknown): Json[] => (Array.isArray(value) ? (value as Json[]) : []);

/** @throws MlflowRefused for what could not be recorded: it is no MLflow that answers so */
const versionIn = ({ version }: Json): string => {
  const text = typeof version === 'number' ? String(version) : version;
  if (typeof text === 'string' && new RegExp(versionPattern).test(text)) return text;
  throw new MlflowRefused(502, 'UNKNOWN', 'MLflow gave no version back');
};

const tagList = (tags: Readonly<Record<string, string>>) =>
  Object.entries(tags).map(([key, value]) => ({ key, value }));

/** @param credentials headers that MLflow, or what stands in front of it, wants */
export const mlflowRegistry = (upstream: Upstream, credentials: Record<string, string>): MlflowRegistry => {
  const call = async (method: 'GET' | 'POST', path: string, input: Json): Promise<Json> => {
    const get = method === 'GET';
    const query = get ? `?${new URLSearchParams(input as Record<string, string>)}` : '';
    const answer = await upstream.send({
      method,
      path: `/api/2.0/mlflow/${path}${query}`,
      headers: {
        ...credentials,
        accept: 'application/json',
        ...(get ? {} : { 'content-type': 'application/json' }),
      },
      ...(get ? {} : { body: JSON.stringify(input) }),
      repeatable: get,
    });
    const body = parsed(await readAnswer(answer, longestAnswer));
    if (answer.status === 200) return body;
    const code = typeof body.error_code === 'string' ? body.error_code : 'UNKNOWN';
    const status = statusFor(answer.status);
    const said = status === 422 && typeof body.message === 'string' ? `: ${body.message.slice(0, 500)}` : '';
    throw new MlflowRefused(
      status,
      code,
      `MLflow refuses this registration (${answer.status} ${code})${said}`,
    );
  };

  const unless = async <T>(codes: readonly string[], work: Promise<T>): Promise<T | undefined> => {
    try {
      return await work;
    } catch (error) {
      if (error instanceof MlflowRefused && codes.includes(error.errorCode)) return undefined;
      throw error;
    }
  };

  return {
    metric: async (runId, name) => {
      const run = await unless(['RESOURCE_DOES_NOT_EXIST'], call('GET', 'runs/get', { run_id: runId }));
      const metrics = list(child(child(run, 'run'), 'data').metrics);
      const value = metrics.find(({ key }) => key === name)?.value;
      return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
    },
    hasVersion: async (name, version) =>
      (await unless(['RESOURCE_DOES_NOT_EXIST'], call('GET', 'model-versions/get', { name, version }))) !==
      undefined,
    createVersion: async ({ name, source, runId, description, tags, registrationId }) => {
      await unless(['RESOURCE_ALREADY_EXISTS'], call('POST', 'registered-models/create', { name }));
      const made = await call('POST', 'model-versions/create', {
        name,
        source,
        ...(runId ? { run_id: runId } : {}),
        ...(description ? { description } : {}),
        tags: tagList({ ...tags, [registrationTag]: registrationId }),
      });
      return versionIn(child(made, 'model_version'));
    },
    createdVersion: async (name, registrationId) => {
      const filter = `name='${name}' AND tags.\`${registrationTag}\`='${registrationId}'`;
      const found = await call('GET', 'model-versions/search', { filter, max_results: '1' });
      const [version] = list(found.model_versions);
      return version && versionIn(version);
    },
  };
};
