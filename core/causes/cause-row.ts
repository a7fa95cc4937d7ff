/** What the table says of one cause. */
export interface CauseRow {
  /** One sentence: what is true when this cause is named. */
  meaning: string;
  /** What a person does first. */
  remedy: string;
  /** Whether the same call may succeed later with nobody changing anything. */
  retryable: boolean;
}
