/** The OpenTelemetry SDK, loaded only where a collector is named. */
import { context, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { setGlobalErrorHandler, W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  RandomIdGenerator,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { budgetOf, within } from '../../core/checks/index.ts';
import { takeRootTraceId } from './root-trace-id.ts';
import type { Tracing, TracingOptions } from './tracing-options.ts';

/** Spans that wait to be sent; more are dropped, so that a collector that is away costs bounded memory. */
const queueSize = 2_048;
/** Longest sending of one batch, milliseconds. */
const exportMs = 5_000;
/** Pause between two complaints about the collector, milliseconds. */
const complainMs = 60_000;

/** The root of a trace takes the id that the request's log lines and errors carry already. */
class RequestIdGenerator extends RandomIdGenerator {
  readonly #random = new RandomIdGenerator();
  override generateTraceId = (): string => takeRootTraceId() ?? this.#random.generateTraceId();
}

export const startSdk = ({ endpoint, ratio, environment, build, log }: TracingOptions): Tracing => {
  const url = new URL(`${endpoint.pathname.replace(/\/+$/, '')}/v1/traces`, endpoint).href;
  const exporter = new OTLPTraceExporter({ url, timeoutMillis: exportMs });
  const processor = new BatchSpanProcessor({
    exporter,
    maxQueueSize: queueSize,
    exportTimeoutMillis: exportMs,
  });
  const provider = new TracerProvider({
    resource: resourceFromAttributes({
      'service.name': 'breakwater-api',
      'service.version': build.version,
      'deployment.environment.name': environment,
    }),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) }),
    idGenerator: new RequestIdGenerator(),
    spanProcessors: [processor],
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(provider);
  const upstreams = new UndiciInstrumentation();
  upstreams.setTracerProvider(provider);

  let complainedAt = Number.NEGATIVE_INFINITY;
  setGlobalErrorHandler((error) => {
    if (performance.now() - complainedAt < complainMs) return;
    complainedAt = performance.now();
    const detail = error instanceof Error ? error.message : String(error);
    log.warn({ detail }, 'traces could not be sent to the collector; requests are not affected');
  });

  return {
    stop: async (withinMs) => {
      upstreams.disable();
      await within(budgetOf(withinMs), provider.shutdown());
      trace.disable();
      context.disable();
      propagation.disable();
    },
  };
};
