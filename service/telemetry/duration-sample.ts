/** Values of one metric in one line of embedded metric format (AWS: at most 100). */
const room = 100;

/**
 * A fair random sample of durations in constant memory (reservoir sampling), with the longest one always among
 * them, so that a percentile over many lines is right and an outlier is not lost.
 */
export class DurationSample {
  readonly #random: () => number;
  #values: number[] = [];
  #seen = 0;
  #longest = 0;

  constructor(random: () => number = Math.random) {
    this.#random = random;
  }

  add(durationMs: number): void {
    const value = Math.round(durationMs * 100) / 100;
    this.#longest = Math.max(this.#longest, value);
    this.#seen += 1;
    if (this.#values.length < room) {
      this.#values.push(value);
      return;
    }
    const place = Math.floor(this.#random() * this.#seen);
    if (place < room) this.#values[place] = value;
  }

  /** The sample, and begins the next one. */
  take(): number[] {
    const values = this.#values;
    if (values.length > 0 && !values.includes(this.#longest)) values[values.length - 1] = this.#longest;
    this.#values = [];
    this.#seen = 0;
    this.#longest = 0;
    return values;
  }
}
