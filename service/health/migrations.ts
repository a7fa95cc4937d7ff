import { type Budget, type Outcome, type PostgresConnection, succeeded } from '../../core/checks/index.ts';
import { compareHistory } from '../migration/migration-history.ts';

/** Whether the database has every migration that this image knows. Newer ones do no harm. */
export type MigrationState =
  | { applied: true; newer: readonly string[] }
  | { applied: false; reason: string; pending: readonly string[] };

/** A lock is not waited for: what was last found holds on, and the next look comes soon. Milliseconds. */
const lockMs = 100;

/** One text is one transaction: the limit ends with it. */
const query = `SELECT set_config('lock_timeout', '${lockMs}', true);
  SELECT name FROM public.breakwater_migrations ORDER BY run_on, id`;

/** SQLSTATEs by which the server refuses the statement itself: rights, names, a schema that is not there. */
const refusal = /^(42|3F)/;

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

  /** What the server refuses to read is a finding about the migrations; anything else says nothing of them. */
  async look(connection: PostgresConnection, budget: Budget): Promise<Outcome<undefined>> {
    const rows = await connection.query<{ name: string }>(query, [], budget);
    if (rows.ok) {
      this.#state = judge(
        this.#known,
        rows.value.map(({ name }) => name),
      );
      return succeeded(undefined);
    }
    const { cause, detail, evidence } = rows.failure;
    if (!refusal.test(String(evidence?.sqlstate))) return rows;
    this.#state =
      cause === 'SCHEMA_MISSING'
        ? judge(this.#known, [])
        : { applied: false, reason: `the migrations cannot be read: ${detail}`, pending: [] };
    return succeeded(undefined);
  }
}
