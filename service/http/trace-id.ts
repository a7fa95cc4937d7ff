import { randomFillSync } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** Version, a trace id that is not all zeros, a span id likewise, flags (W3C Trace Context, section 3.2). */
const traceparent = /^(?!ff)[\da-f]{2}-(?!0{32})([\da-f]{32})-(?!0{16})[\da-f]{16}-[\da-f]{2}(-.*)?$/;

/** What a load balancer of AWS adds: the trace id in three parts (AWS X-Ray, "Tracing header"). */
const amazonRoot = /(?:^|;)\s*Root=1-([\da-f]{8})-([\da-f]{24})(?:;|$)/;

const random = Buffer.alloc(12 * 256);
let used = random.length;

/**
 * A new trace id: the time in seconds, as X-Ray wants it in front, and 96 random bits. They are drawn for 256
 * ids at a time.
 */
const newTraceId = (): string => {
  if (used === random.length) {
    randomFillSync(random);
    used = 0;
  }
  used += 12;
  const seconds = Math.floor(Date.now() / 1_000)
    .toString(16)
    .padStart(8, '0');
  return seconds + random.toString('hex', used - 12, used);
};

/**
 * The trace id that a request belongs to: its caller's, the load balancer's, or a new one. Anything malformed
 * is not taken over.
 */
export const traceIdFrom = ({ headers }: IncomingMessage): string => {
  const fromCaller = traceparent.exec(String(headers.traceparent ?? ''))?.[1];
  if (fromCaller) return fromCaller;
  const [, time, rest] = amazonRoot.exec(String(headers['x-amzn-trace-id'] ?? '')) ?? [];
  return time && rest ? `${time}${rest}` : newTraceId();
};
