export { CallerGone, UpstreamBusy, UpstreamError } from './failure.ts';
export { readAnswer } from './read-answer.ts';
export { Upstream, type UpstreamAnswer, type UpstreamLimits, type UpstreamRequest } from './upstream.ts';
