/** An error that the AWS service itself would answer with; the SDK turns it into an exception of that name. */
export class AwsError extends Error {
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** One call: its input as the SDK sent it, its output as the service would give it. */
export type Operation = (input: Record<string, unknown>) => Record<string, unknown>;

/** The calls of one service that the twin answers, by name. */
export type Operations = Record<string, Operation>;
