import type { CauseCode, Layer } from '../causes/index.ts';
import type { Evidence } from './report.ts';

/** Why a layer failed. */
export interface Failure {
  cause: CauseCode;
  detail: string;
  evidence?: Evidence;
  /** Only for `UNKNOWN`, whose layer is the one that it happened in. */
  layer?: Layer;
}

/** What a layer found: failure is data here, not an exception. */
export type Outcome<T> = { ok: true; value: T } | { ok: false; failure: Failure };

export const succeeded = <T>(value: T): Outcome<T> => ({ ok: true, value });

export const failed = (
  cause: CauseCode,
  detail: string,
  evidence?: Evidence,
  layer?: Layer,
): { ok: false; failure: Failure } => ({
  ok: false,
  failure: { cause, detail, ...(evidence ? { evidence } : {}), ...(layer ? { layer } : {}) },
});

interface ErrorLike {
  code?: string;
  message?: string;
  syscall?: string;
  errno?: number;
}

/** The fields of an error that carry evidence. */
export const errorFields = (error: unknown): ErrorLike =>
  typeof error === 'object' && error !== null ? (error as ErrorLike) : { message: String(error) };
