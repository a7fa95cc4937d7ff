import { createHash } from 'node:crypto';
import type { Secret } from '../../core/settings/index.ts';
import type { Identity } from './identity.ts';

/** A key that was accepted, and when. */
export interface Accepted {
  identity: Identity;
  /** Wall clock milliseconds: several tasks share it. */
  at: number;
}

/** What stands for a key wherever it is kept: nobody gets the key back from it. */
export const fingerprint = (key: Secret): string => createHash('sha256').update(key.reveal()).digest('hex');

/** Accepted keys in the memory of this process; the one that was not used for longest makes room. */
export class KeyCache {
  readonly #entries = new Map<string, Accepted>();
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  get(print: string): Accepted | undefined {
    const entry = this.#entries.get(print);
    if (entry) {
      this.#entries.delete(print);
      this.#entries.set(print, entry);
    }
    return entry;
  }

  set(print: string, entry: Accepted): void {
    this.#entries.delete(print);
    this.#entries.set(print, entry);
    if (this.#entries.size <= this.#most) return;
    const [oldest] = this.#entries.keys();
    if (oldest !== undefined) this.#entries.delete(oldest);
  }

  delete(print: string): void {
    this.#entries.delete(print);
  }

  get size(): number {
    return this.#entries.size;
  }
}

/** Accepted keys that all tasks share. It never rejects: what cannot be had is not there. */
export interface SharedCache {
  get(print: string): Promise<Accepted | undefined>;
  /** Kept for so many milliseconds. Nobody waits for it. */
  set(print: string, entry: Accepted, lifeMs: number): void;
  delete(print: string): void;
}
