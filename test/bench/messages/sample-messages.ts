import { modelReady, modelReadyType, type NewMessage } from '../../../core/messages/index.ts';

const facts = {
  token_symbol: 'hok-1',
  metric_name: 'accuracy',
  baseline_value: 0.8,
  current_value: 0.85,
  mlflow_run_id: '0123456789abcdef0123456789abcdef',
  tags: { team: 'forecasting', stage: 'candidate' },
};

/** A message of the usual size, about 450 bytes; `number` tells it from others. */
export const sampleMessage = (key: string, number: number): NewMessage => ({
  type: modelReadyType,
  key,
  payload: {
    ...modelReady(
      { ...facts, model_id: `${key}/${number}/HOK-1`, model_name: key, model_version: String(number) },
      new Date(),
    ),
  },
});

/** So many messages of so many keys in turn. */
export const sampleMessages = (count: number, keys: number, from = 0): NewMessage[] =>
  Array.from({ length: count }, (_, index) => sampleMessage(`model-${(from + index) % keys}`, from + index));
