import type { CauseCode } from '../../core/causes/index.ts';
import type { Check } from '../../core/checks/index.ts';

/** Checks in a row that came to the same, as one entry: a day of successes is one line beside each failure. */
export interface Stretch {
  ok: boolean;
  cause?: CauseCode;
  /** What the last of them said. */
  detail?: string;
  /** Wall clock time of the first and of the last of them, milliseconds since 1970. */
  from: number;
  to: number;
  checks: number;
  /** Of one check, milliseconds. */
  slowestMs: number;
  totalMs: number;
}

/** Stretches that are kept for one dependency; a dependency that flaps every 2 s fills them in 6 minutes. */
const kept = 200;

/** What the checks of one dependency came to, in bounded memory. */
export class History {
  readonly #stretches: Stretch[] = [];

  add({ ok, cause, detail, durationMs }: Check, at: number): void {
    const last = this.#stretches.at(-1);
    if (last && last.ok === ok && last.cause === cause) {
      last.to = at;
      last.checks += 1;
      last.totalMs += durationMs;
      last.slowestMs = Math.max(last.slowestMs, durationMs);
      if (detail !== undefined) last.detail = detail;
      return;
    }
    this.#stretches.push({
      ok,
      ...(cause ? { cause } : {}),
      ...(detail === undefined ? {} : { detail }),
      from: at,
      to: at,
      checks: 1,
      slowestMs: durationMs,
      totalMs: durationMs,
    });
    if (this.#stretches.length > kept) this.#stretches.shift();
  }

  /** Oldest first. */
  stretches(): readonly Readonly<Stretch>[] {
    return this.#stretches;
  }
}
