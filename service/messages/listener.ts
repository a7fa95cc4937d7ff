import {
  budgetOf,
  openPostgres,
  type PostgresConnection,
  type SecretReader,
  startClimb,
} from '../../core/checks/index.ts';
import { channel } from '../../core/messages/index.ts';
import type { PostgresTarget } from '../../core/settings/index.ts';

export interface ListenerOptions {
  target: PostgresTarget;
  secrets: SecretReader;
  dnsMs: number;
  queryMs: number;
  onNotification(): void;
  random?: () => number;
}

/** First and longest pause before the connection is made again, milliseconds; meanwhile the relay polls. */
const firstPauseMs = 500;
const longestPauseMs = 10_000;

/** Listens on a connection of its own for what is published, here or by another task, until it is disposed of. */
export const listen = (options: ListenerOptions): Disposable => {
  const { target, secrets, dnsMs, queryMs, onNotification, random = Math.random } = options;
  let stopped = false;
  let connection: PostgresConnection | undefined;
  let timer: NodeJS.Timeout | undefined;
  let failures = 0;

  const again = (): void => {
    connection?.close();
    connection = undefined;
    if (stopped || timer) return;
    const pause = Math.min(firstPauseMs * 2 ** failures, longestPauseMs) * (0.5 + 0.5 * random());
    failures += 1;
    timer = setTimeout(() => {
      timer = undefined;
      void begin();
    }, pause).unref();
  };

  const begin = async (): Promise<void> => {
    const session = { applicationName: 'breakwater-relay', onLost: again, onNotification };
    const budget = budgetOf(target.connectTimeoutMs + queryMs);
    const checks = { target, secrets, dnsTimeoutMs: dnsMs, queryTimeoutMs: queryMs, session };
    const opened = await openPostgres(checks, startClimb(), budget);
    if (!opened.ok) return again();
    connection = opened.value;
    if (stopped) return connection.close();
    const listening = await connection.query(`LISTEN ${channel}`, [], budgetOf(queryMs));
    if (!listening.ok) return again();
    failures = 0;
    // What was published before it listened.
    onNotification();
  };

  void begin();
  return {
    [Symbol.dispose]: () => {
      stopped = true;
      clearTimeout(timer);
      connection?.close();
    },
  };
};
