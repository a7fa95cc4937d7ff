/** An alarm that the evaluator does not implement, or that CloudWatch would not create. */
export class AlarmRefused extends Error {
  override name = 'AlarmRefused';
  /** CloudWatch would not create it either, or not evaluate it as meant. */
  readonly invalid: boolean;

  constructor(message: string, invalid: boolean) {
    super(message);
    this.invalid = invalid;
  }
}
