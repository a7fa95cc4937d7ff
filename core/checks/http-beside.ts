/** Other places of the same server, asked once the place that matters has failed. */
import type { HttpTarget } from '../settings/index.ts';
import { type Budget, explanationMs } from './budget.ts';
import { exchange, type HttpRequest } from './http-exchange.ts';
import { type Climb, startClimb } from './ladder.ts';
import type { Failure } from './outcome.ts';

/** Less than this is not enough for a question, milliseconds. */
const leastMs = 20;

export const healthRequest: HttpRequest = { method: 'GET', path: '/health' };

export interface Place<T extends HttpTarget> {
  /** As the report names it; its path unless it differs in something else. */
  name: string;
  target: T;
  request: HttpRequest;
}

/** Its status, or the cause why there is none. */
const ask = async <T extends HttpTarget>({ target, request }: Place<T>, budget: Budget) => {
  const answered = await exchange(target, request, startClimb(), budget, explanationMs);
  return answered.ok ? answered.value.status : answered.failure.cause;
};

/** Its health path, and where there is a prefix, health and API without it: a wrong prefix shows by that. */
export const placesBeside = <T extends HttpTarget>(target: T, api: HttpRequest): Place<T>[] => {
  const health = { name: `${target.prefix}/health`, target, request: healthRequest };
  if (target.prefix === '') return [health];
  const root = { ...target, prefix: '' };
  return [
    health,
    { name: '/health', target: root, request: healthRequest },
    { name: api.path, target: root, request: api },
  ];
};

/** What says already that no HTTP of this service is spoken there, or that nothing was sent. */
const settled: readonly Failure['cause'][] = [
  'TLS_REQUIRED',
  'TLS_NOT_OFFERED',
  'NOT_THE_EXPECTED_SERVER',
  'SETTING_INVALID',
];

/** Whether the failure leaves open if the server itself is well: the connection was made, and HTTP is spoken. */
export const worthAskingBeside = ({ cause }: Failure, { phases }: Climb): boolean =>
  phases.queryMs !== undefined && !settled.includes(cause);

const inWords = (name: string, answer: number | string | undefined): string =>
  typeof answer === 'number' ? `${name} answers ${answer}` : `${name} too: ${answer}`;

/** Asks all of them at the same time. What the first answers becomes the evidence `health`. */
export const askBeside = async <T extends HttpTarget>(
  places: readonly Place<T>[],
  climb: Climb,
  whole: Budget,
): Promise<void> => {
  const budget = whole.part(explanationMs);
  if (budget.remaining() < leastMs) return;
  const answers = await Promise.all(places.map((place) => ask(place, budget)));
  climb.evidence.health = answers[0];
  climb.toldApart.push(places.map(({ name }, index) => inWords(name, answers[index])).join(', '));
};
