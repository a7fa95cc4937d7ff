/**
 * Judges what a client sends before it is noted and before MLflow is asked: afterwards MLflow may have a version, and
 * what cannot be written then would stay open for ever.
 */
import { demandReadable, faultIn, modelReady } from '../../core/messages/index.ts';
import { eventMessage } from './event.ts';
import { eventFacts, Refused, type TokenizedEvent } from './request.ts';

/** Only the fields that are known: what is left aside is neither judged nor kept. */
export const knownFields = <T>(body: unknown, { properties }: { properties: object }): T =>
  Object.fromEntries(Object.entries(body as object).filter(([name]) => Object.hasOwn(properties, name))) as T;

/** @throws Refused, by the names of the fields, for what PostgreSQL could not keep or JSON has no words for */
export const demandKeepable = (fields: object): void => {
  const problems = Object.entries(fields).flatMap(([name, value]) => {
    const found = faultIn(value);
    return found ? [`${name}${found.path} ${found.what}`] : [];
  });
  if (problems.length > 0) throw new Refused(422, problems.join('; '));
};

/** The longest texts of what is known only later, so that what fits now fits then. */
const anyVersion = '9'.repeat(10);
const anyNumber = -0.0000012345678901234567;

/** @throws MessageRefused for a model whose event could not be written */
export const demandEvent = (
  event: Omit<TokenizedEvent, 'version'> & { version?: string | undefined },
): void => {
  const { current_value: current, version = anyVersion } = event;
  const payload = {
    ...modelReady(eventFacts({ ...event, version }, current ?? anyNumber), new Date()),
    ...(current === undefined ? { improvement_percentage: anyNumber } : {}),
  };
  demandReadable(eventMessage(payload, undefined));
};
