import { randomBytes } from 'node:crypto';

/** What users do in a minute, through the load balancer. */
export interface Traffic {
  /** Sends a minute's requests at the same time, and waits for their answers. */
  minute(): Promise<void>;
  /** Whether one request of each kind is answered as it should be. */
  works(): Promise<boolean>;
  /** Registrations that were acknowledged: each has an event that must arrive. */
  readonly acknowledged: number;
}

/** Requests of each kind in a minute: most are passed on to MLflow, as those of the real clients. */
const each = { search: 16, stranger: 6, register: 8 };

/** No user waits longer, milliseconds. */
const patience = 10_000;

export interface TrafficOptions {
  /** Of the load balancer. */
  url: string;
  /** A key that the auth service accepts. */
  key: string;
}

export const createTraffic = ({ url, key }: TrafficOptions): Traffic => {
  const run = randomBytes(4).toString('hex');
  let registered = 0;
  let acknowledged = 0;

  const ask = async (path: string, init: RequestInit, ownKey: string): Promise<number | undefined> => {
    try {
      const response = await fetch(`${url}${path}`, {
        ...init,
        headers: { ...init.headers, authorization: `Bearer ${ownKey}` },
        signal: AbortSignal.timeout(patience),
      });
      await response.arrayBuffer();
      return response.status;
    } catch {
      return undefined;
    }
  };
  const search = (ownKey: string) =>
    ask('/api/2.0/mlflow/experiments/search?max_results=1', { method: 'GET' }, ownKey);
  const register = async () => {
    registered += 1;
    const event = {
      model_name: `twin-${run}-${registered}`,
      version: '1',
      token_id: 'TWIN',
      proposal_identifier: `proposal-${registered}`,
      metric_name: 'accuracy',
      mlflow_run_id: 'run-1',
      baseline_value: 0.8,
      current_value: 0.9,
    };
    const status = await ask(
      '/models/tokenized-registration-events',
      { method: 'POST', body: JSON.stringify(event), headers: { 'content-type': 'application/json' } },
      key,
    );
    if (status === 200) acknowledged += 1;
    return status;
  };
  const stranger = () => search(`hk_live_${randomBytes(18).toString('base64url')}`);
  const times = (count: number, what: () => Promise<unknown>) => Array.from({ length: count }, what);

  return {
    minute: async () => {
      await Promise.all([
        ...times(each.search, () => search(key)),
        // A key that nobody has seen: the auth service must be asked.
        ...times(each.stranger, stranger),
        ...times(each.register, register),
      ]);
    },
    works: async () => {
      const answers = await Promise.all([search(key), stranger(), register()]);
      return answers.join() === '200,401,200';
    },
    get acknowledged() {
      return acknowledged;
    },
  };
};
