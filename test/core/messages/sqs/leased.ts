import { randomUUID } from 'node:crypto';
import type { Leased } from '../../../../core/messages/message.ts';

/** A message that a relay has. */
export const leased = (differences: Partial<Leased> = {}): Leased => ({
  place: '1',
  id: randomUUID(),
  type: 'model_ready_to_deploy',
  key: 'model',
  payload: { model_name: 'model' },
  headers: {},
  publishedAt: new Date('2026-01-02T03:04:05.678Z'),
  attempts: 1,
  failures: [],
  token: randomUUID(),
  leasedUntil: new Date(Date.now() + 60_000),
  ...differences,
});
