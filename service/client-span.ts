/** Spans around what the service asks of others. They cost next to nothing while tracing is off. */
import { type Attributes, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';

const tracer = trace.getTracer('breakwater');

/** The cause when what was asked has failed, told by the result or by what was thrown. */
export interface CauseOf<T> {
  result?: (result: T) => string | undefined;
  error?: (error: unknown) => string | undefined;
}

/** Does the work inside a client span. */
export const clientSpan = <T>(
  name: string,
  attributes: Attributes,
  work: () => Promise<T>,
  causeOf: CauseOf<T>,
): Promise<T> =>
  tracer.startActiveSpan(name, { kind: SpanKind.CLIENT, attributes }, async (span) => {
    const fail = (cause: string): void => {
      span.setAttribute('error.type', cause);
      span.setStatus({ code: SpanStatusCode.ERROR });
    };
    try {
      const result = await work();
      const cause = causeOf.result?.(result);
      if (cause !== undefined) fail(cause);
      return result;
    } catch (error) {
      fail(causeOf.error?.(error) ?? 'UNKNOWN');
      throw error;
    } finally {
      span.end();
    }
  });
