/** Limits of the service that are not settings: their numbers follow from those of its surroundings. */

/** Bytes of a request body. Registrations are a few kilobytes of JSON. */
export const bodyBytes = 1024 * 1024;

/** Milliseconds from the first byte of a request to the last of its headers. */
export const headersMs = 10_000;

/** Milliseconds from the headers of a request to the last byte of its body, where it is not passed on as it comes. */
export const bodyMs = 30_000;

/**
 * Milliseconds after which a connection on which nothing moves is closed, in the middle of an upload or a download
 * too. Longer than any answer may take, and as long as the load balancer waits.
 */
export const stalledMs = 60_000;

/**
 * Milliseconds that an idle connection is kept. Longer than the 60 s of the load balancer, so that it is
 * always the load balancer that closes: the other order gives a 502 to whoever sends at that moment.
 */
export const keepAliveMs = 65_000;
