import { type Budget, type Outcome, type PostgresConnection, succeeded } from '../../core/checks/index.ts';
import { compareHistory } from '../migration/migration-history.ts';

/** Whether the database has every migration that this image knows. Newer ones do no harm. */
export type MigrationState =
  | { applied: true; newer: readonly string[] }
  | { applied: false; reason: string; pending: readonly string[] };

const query = 'SELECT name FROM public.breakwater_migrations ORDER BY run_on, id';

const judge = (known: readonly string[], applied: readonly string[]): MigrationState => {
  const history = compareHistory(known, applied);
  if (history.kind === 'foreign') return { applied: false, reason: history.reason, pending: [] };
  if (history.kind === 'newer') return { applied: true, newer: history.newer };
  if (history.kind === 'current') return { applied: true, newer: [] };
  const { pending } = history;
  return { applied: false, reason: `not applied yet: ${pending.join(', ')}; run the migration`, pending };
};

/** Reads the history of migrations on a monitor's connection, and keeps what it last found. */
export class MigrationWatch {
  readonly #known: readonly string[];
  #state: MigrationState = { applied: false, reason: 'not known yet', pending: [] };

  constructor(known: readonly string[]) {
    this.#known = known;
  }

  get state(): MigrationState {
    return this.#state;
  }

  /** What cannot be read is a finding about the migrations, not a failure of the database. */
  async look(connection: PostgresConnection, budget: Budget): Promise<Outcome<unknown>> {
    const rows = await connection.query<{ name: string }>(query, [], budget);
    if (rows.ok) {
      this.#state = judge(
        this.#known,
        rows.value.map(({ name }) => name),
      );
      return succeeded(undefined);
    }
    const { cause, detail } = rows.failure;
    if (cause === 'SCHEMA_MISSING') {
      this.#state = judge(this.#known, []);
      return succeeded(undefined);
    }
    if (cause !== 'PRIVILEGE_MISSING') return rows;
    this.#state = { applied: false, reason: `the migrations cannot be read: ${detail}`, pending: [] };
    return succeeded(undefined);
  }
}
