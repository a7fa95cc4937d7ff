/**
 * One upstream over HTTP: connections that are kept and bounded in number, a deadline for each phase, and the
 * circuit breaker that hears of every call.
 */
import type { Readable } from 'node:stream';
import { type Dispatcher, Pool } from 'undici';
import type { Breaker } from '../../core/resilience/index.ts';
import type { HttpTarget } from '../../core/settings/index.ts';
import { layeredConnector } from './connector.ts';
import { CallerGone, gatewayCause, UpstreamBusy, UpstreamError, upstreamFailure } from './failure.ts';
import { traceHeader } from './trace-header.ts';

export interface UpstreamLimits {
  /** From looking up the name to a connection that can be used, milliseconds. */
  connectMs: number;
  dnsMs: number;
  /** Longest silence: before the answer, and between two parts of it. Milliseconds. */
  responseMs: number;
  /** Most requests under way at the same time, and with that most connections. */
  most: number;
}

export interface UpstreamRequest {
  method: string;
  /** Below the prefix of the target, with its query. */
  path: string;
  headers: Record<string, string | string[]>;
  /** A stream is passed on as it comes. */
  body?: Buffer | string | Readable;
  /** Aborted when the caller has gone. */
  signal?: AbortSignal;
  /** For everything up to the end of the answer; without it only silence is limited. Milliseconds. */
  deadlineMs?: number;
  /** Whether it may be sent again when a kept connection turned out to be closed. */
  repeatable?: boolean;
  /** Whether the body has ended because of the caller: asked when the request failed. */
  callerGone?: () => boolean;
}

export interface UpstreamAnswer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  /** Must be read to its end or discarded: one that is destroyed looks to the breaker like one that broke. */
  body: Body;
  /** What an error of the body means. */
  judge(error: unknown): UpstreamError | CallerGone;
  /**
   * Nobody wants the rest. A little of it is read, so that the connection can be kept; however it ends, that says
   * nothing of the upstream. Resolves at the end; never rejects.
   */
  discard(): Promise<void>;
}

type Begun = Omit<UpstreamAnswer, 'discard'>;
type Body = Readable & { dump(options: { limit: number; signal: AbortSignal }): Promise<void> };

/** What is read of an answer that nobody wants; beyond that another connection costs less. Bytes, milliseconds. */
const discarded = { bytes: 65_536, ms: 1_000 };

/**
 * Time that a connection is kept without a request, milliseconds: shorter than the 5 s of uvicorn, the shortest
 * of the servers in front of which MLflow stands, so that it is this side that closes.
 */
const keptMs = 4_000;

export class Upstream {
  readonly name: string;
  readonly #target: HttpTarget;
  readonly #breaker: Breaker;
  readonly #limits: UpstreamLimits;
  readonly #pool: Pool;
  #underWay = 0;

  constructor(name: string, target: HttpTarget, breaker: Breaker, limits: UpstreamLimits) {
    this.name = name;
    this.#target = target;
    this.#breaker = breaker;
    this.#limits = limits;
    const { connectMs, dnsMs, responseMs, most } = limits;
    this.#pool = new Pool(target.url.origin, {
      connections: most,
      pipelining: 1,
      allowH2: false,
      connect: layeredConnector(name, target, connectMs, dnsMs),
      headersTimeout: responseMs,
      bodyTimeout: responseMs,
      keepAliveTimeout: keptMs,
    });
  }

  get target(): HttpTarget {
    return this.#target;
  }

  /** Requests under way, bodies of answers included. */
  get underWay(): number {
    return this.#underWay;
  }

  /**
   * Sends one request; resolves with the head of the answer, whatever its status is.
   * @throws CircuitOpenError, UpstreamBusy, UpstreamError, or CallerGone when the caller ended it
   */
  async send(request: UpstreamRequest): Promise<UpstreamAnswer> {
    const admission = this.#breaker.admit();
    if (!admission.admitted) throw admission.rejection;
    const { permit } = admission;
    if (this.#underWay >= this.#limits.most) {
      permit.release();
      throw new UpstreamBusy(this.name, this.#limits.most);
    }
    this.#underWay += 1;
    try {
      const answer = await this.#ask(request);
      const cause = gatewayCause(answer.status, answer.headers.server);
      if (cause) permit.fail(cause);
      else permit.succeed();
      return { ...answer, discard: this.#follow(answer) };
    } catch (error) {
      this.#underWay -= 1;
      const failure = this.#judge(error, request, false);
      if (failure instanceof UpstreamError) permit.fail(failure.cause);
      else permit.release();
      throw failure;
    }
  }

  /** Ends the connections: at once those without a request, the others after at most `ms`. */
  async close(ms: number): Promise<void> {
    const cut = setTimeout(() => void this.#pool.destroy(), ms);
    await this.#pool.close().catch(() => undefined);
    clearTimeout(cut);
  }

  async #ask(request: UpstreamRequest): Promise<Begun> {
    try {
      return await this.#once(request);
    } catch (error) {
      const failure = this.#judge(error, request, false);
      // The upstream closed a kept connection in the moment in which it was used.
      const closed = failure instanceof UpstreamError && failure.cause === 'CONNECTION_RESET';
      if (!closed || !request.repeatable || failure.phase !== 'request') throw failure;
      return this.#once(request);
    }
  }

  async #once(request: UpstreamRequest): Promise<Begun> {
    const { method, path, headers, body, signal, deadlineMs } = request;
    const deadline = deadlineMs === undefined ? undefined : AbortSignal.timeout(deadlineMs);
    // A signal made of others outlives its request until the next full collection, so only where there are two.
    const ending = signal && deadline ? AbortSignal.any([signal, deadline]) : (signal ?? deadline);
    const {
      statusCode,
      headers: received,
      body: stream,
    } = await this.#pool.request({
      method: method as Dispatcher.HttpMethod,
      path: `${this.#target.prefix}${path}`,
      headers: { host: this.#target.url.host, ...headers, ...traceHeader() },
      ...(body === undefined ? {} : { body }),
      ...(ending ? { signal: ending } : {}),
    });
    const judge = (error: unknown) => this.#judge(error, request, true);
    return { status: statusCode, headers: received, body: stream, judge };
  }

  #judge(error: unknown, request: UpstreamRequest, begun: boolean): UpstreamError | CallerGone {
    if (error instanceof CallerGone) return error;
    const { path, signal, deadlineMs, callerGone } = request;
    if (signal?.reason instanceof CallerGone) return signal.reason;
    if (signal?.aborted || callerGone?.()) return new CallerGone('the caller went away');
    const { code = '' } = error as { code?: string };
    if (code === 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH')
      return new CallerGone('the body of the request is not as long as it says');
    const limits = { responseMs: deadlineMs ?? this.#limits.responseMs };
    return upstreamFailure(this.name, error, path.split('?', 1)[0] ?? '', limits, begun);
  }

  /**
   * The answer has begun, and its permit is used: an end in the middle is told to the breaker by itself, unless it
   * is of our own making. Gives the way to discard the answer.
   */
  #follow({ body, judge }: Begun): UpstreamAnswer['discard'] {
    const broken = (error: unknown): void => {
      const failure = judge(error);
      if (!(failure instanceof UpstreamError) || this.#breaker.status().state !== 'closed') return;
      const admission = this.#breaker.admit();
      if (admission.admitted) admission.permit.fail(failure.cause);
    };
    body.once('close', () => {
      this.#underWay -= 1;
    });
    body.once('error', broken);
    return async () => {
      body.on('error', () => undefined).off('error', broken);
      const { bytes, ms } = discarded;
      await body.dump({ limit: bytes, signal: AbortSignal.timeout(ms) }).catch(() => undefined);
    };
  }
}
