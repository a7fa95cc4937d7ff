import { randomBytes } from 'node:crypto';
import { trace } from '@opentelemetry/api';
import { currentTraceId } from '../http/request-context.ts';

/**
 * The trace id of the request at hand, for an upstream's own log (W3C Trace Context). While requests are traced the
 * instrumentation writes the header, with its span.
 */
export const traceHeader = (): Record<string, string> => {
  const traceId = currentTraceId();
  if (traceId === undefined || trace.getActiveSpan()) return {};
  return { traceparent: `00-${traceId}-${randomBytes(8).toString('hex')}-00` };
};
