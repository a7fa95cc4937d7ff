/** What the statements of the service need of its own tables. A test compares it with what the migrations create. */

export type Right = 'SELECT' | 'INSERT' | 'UPDATE' | 'DELETE';

export interface TableNeed {
  /** In the schema `public`, as every statement names it. */
  name: string;
  columns: readonly string[];
  /** Rights that the role of the service needs; none on what only consumers write. */
  rights: readonly Right[];
  /** Those of them without which registrations fail: the others are the relay's, and of the clean-up. */
  toRegister: readonly Right[];
}

const columns = (text: string): string[] => text.trim().split(/\s+/);

export const tableNeeds: readonly TableNeed[] = [
  { name: 'breakwater_migrations', columns: columns('id name run_on'), rights: ['SELECT'], toRegister: [] },
  {
    name: 'breakwater_models',
    columns:
      columns(`id model_name version token_id model_type model_uri mlflow_run_id metric_name baseline_value
      current_value details registered_by registered_at updated_at`),
    rights: ['SELECT', 'INSERT', 'UPDATE'],
    toRegister: ['SELECT', 'INSERT', 'UPDATE'],
  },
  {
    name: 'breakwater_registrations',
    columns:
      columns(`owner idempotency_key registration_id route request_hash request attempts claimed_until status
      answer created_at answered_at`),
    rights: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
    toRegister: ['SELECT', 'INSERT', 'UPDATE'],
  },
  {
    name: 'breakwater_outbox',
    columns: columns(`id message_id message_type ordering_key payload headers created_at attempts held_until
      lease_token failures sent_at sent_sequence sent_to sends dead_at dead_reason`),
    rights: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
    toRegister: ['SELECT', 'INSERT'],
  },
  {
    name: 'breakwater_transports',
    columns: columns('name server_id since'),
    rights: ['SELECT', 'INSERT', 'UPDATE'],
    toRegister: [],
  },
  {
    name: 'breakwater_inbox',
    columns: columns('consumer message_id received_at'),
    rights: [],
    toRegister: [],
  },
];
