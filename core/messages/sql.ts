/** What the queue needs of a database; transactions and retries are those of whoever gives it. */

export interface SqlResult<Row> {
  rows: Row[];
  rowCount: number | null;
}

export interface Sql {
  query<Row extends Record<string, unknown>>(text: string, values?: unknown[]): Promise<SqlResult<Row>>;
}

export interface SqlDatabase extends Sql {
  /** All or nothing. `work` may run again after a failure that was rolled back. */
  transaction<T>(work: (transaction: Sql) => Promise<T>): Promise<T>;
}
