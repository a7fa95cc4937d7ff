/** The event of a registration, as a message of the outbox. */
import {
  type ModelReadyToDeploy,
  modelReadyType,
  type NewMessage,
  publish,
} from '../../core/messages/index.ts';
import type { Transaction } from '../postgres/index.ts';

/** Events of one model keep their order. */
export const eventMessage = (event: ModelReadyToDeploy, traceId: string | undefined): NewMessage => ({
  type: modelReadyType,
  key: event.model_name,
  payload: { ...event },
  ...(traceId ? { headers: { trace_id: traceId } } : {}),
});

/** Writes an event in the transaction of what it tells of. */
export const saveEvent = async (
  transaction: Transaction,
  event: ModelReadyToDeploy,
  traceId: string | undefined,
): Promise<void> => {
  await publish(transaction, eventMessage(event, traceId));
};
