/** Limits of the service that are not settings: their numbers follow from those of its surroundings. */

/** Bytes of a request body. Registrations are a few kilobytes of JSON. */
export const bodyBytes = 1024 * 1024;

/** Milliseconds from the first byte of a request to the last of its headers. */
export const headersMs = 10_000;

/** Milliseconds from the first byte of a request to its last; the load balancer itself gives up at 60 s. */
export const requestMs = 30_000;

/**
 * Milliseconds that an idle connection is kept. Longer than the 60 s of the load balancer, so that it is
 * always the load balancer that closes: the other order gives a 502 to whoever sends at that moment.
 */
export const keepAliveMs = 65_000;
