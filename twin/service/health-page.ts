/** What the service says of itself on `GET /health`. */
export interface HealthAnswer {
  /** `healthy`, `degraded`, `unhealthy`; a status code where the body says none; or why there is no answer. */
  said: string;
  /** HTTP status; undefined without an answer. */
  status: number | undefined;
  /** Dependencies that it calls neither healthy nor switched off. */
  notHealthy: string[];
  /** As it was sent, when it is the answer of that page. */
  body: Record<string, unknown> | null;
  durationMs: number;
}

/** The page is answered from what is known already; one that takes longer is not. */
const timeoutMs = 500;

/** What nobody needs to look at: a dependency that works, or one that is switched off. */
const quiet = new Set<unknown>(['healthy', 'disabled']);

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** Asks through the load balancer, as any client does. */
export const askHealth = async (url: string): Promise<HealthAnswer> => {
  const began = performance.now();
  try {
    const response = await fetch(`${url}/health`, { signal: AbortSignal.timeout(timeoutMs) });
    const value = parsed(await response.text());
    const body = isRecord(value) && typeof value.status === 'string' ? value : null;
    const services = isRecord(body?.services) ? body.services : {};
    return {
      said: body ? String(body.status) : `${response.status}`,
      status: response.status,
      notHealthy: Object.keys(services).filter((name) => !quiet.has(services[name])),
      body,
      durationMs: performance.now() - began,
    };
  } catch (error) {
    const timedOut = error instanceof Error && error.name === 'TimeoutError';
    return {
      said: timedOut ? `no answer in ${timeoutMs} ms` : `no answer: ${error}`,
      ...{ status: undefined, notHealthy: [], body: null },
      durationMs: performance.now() - began,
    };
  }
};
