/** What is published: events of some models, the events of each one after the other. */
import type { Random } from '../random.ts';

export interface PlannedEvent {
  /** Place among all, from 0; also among those of its model, since they are published in this order. */
  number: number;
  model: string;
  /** Its consumer fails each time. */
  poison: boolean;
}

/** One in so many is poison, and at least one. */
const poisonEvery = 1_000;

export const planEvents = (events: number, keys: number, random: Random): PlannedEvent[] => {
  const poison = new Set<number>();
  while (poison.size < Math.max(1, Math.round(events / poisonEvery)))
    poison.add(Math.floor(random() * events));
  return Array.from({ length: events }, (_, number) => ({
    number,
    model: `model-${Math.floor(random() * keys)}`,
    poison: poison.has(number),
  }));
};

/** By this the event is found again in the outbox and with its consumer. */
export const runOf = ({ number }: Pick<PlannedEvent, 'number'>): string => `event-${number}`;

export const bodyOf = (event: PlannedEvent): string =>
  JSON.stringify({
    model_name: event.model,
    version: String(event.number),
    token_id: 'HOK-1',
    metric_name: 'accuracy',
    mlflow_run_id: runOf(event),
    baseline_value: 0.8,
    current_value: 0.85,
    tags: event.poison ? { poison: 'yes' } : {},
  });
