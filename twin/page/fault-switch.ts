import { type FaultName, faultNames, isFaultName } from '../faults/index.ts';
import { type Answer, failure, json } from './answer.ts';
import { type FaultView, faultView, faultViews } from './fault-view.ts';
import type { PageTwin } from './subject.ts';

/** Injects and lifts faults, one step at a time for each, so that two people who press at once get one fault. */
export interface FaultSwitch {
  /** What `POST` (on) and `DELETE` (off) answer. */
  turn(name: string, on: boolean): Promise<Answer>;
  views(): FaultView[];
}

export const createFaultSwitch = (
  twin: Pick<PageTwin, 'inject' | 'lift' | 'injected'>,
  onChange: () => void,
): FaultSwitch => {
  const busy = new Set<string>();
  const queues = new Map<FaultName, Promise<unknown>>();
  const now = () => ({ injected: twin.injected(), busy });

  const step = async (name: FaultName, on: boolean): Promise<Answer> => {
    busy.add(name);
    onChange();
    try {
      await (on ? twin.inject(name) : twin.lift(name));
      busy.delete(name);
      return json(200, faultView(name, now()));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return failure(409, `${name} cannot be ${on ? 'injected' : 'lifted'} now: ${reason}`);
    } finally {
      busy.delete(name);
      onChange();
    }
  };

  return {
    turn: (name, on) => {
      if (!isFaultName(name))
        return Promise.resolve(failure(404, `There is no fault ${name}.`, { known: faultNames }));
      const before = queues.get(name) ?? Promise.resolve();
      const next = before.then(() => step(name, on));
      queues.set(name, next);
      return next;
    },
    views: () => faultViews(now()),
  };
};
