import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type ClientOptions, runClient, type Step } from './client-run.ts';
import { type MlflowServer, startMlflowServer } from './mlflow-server.ts';
import { findPython } from './python.ts';
import { firstHalf, outage, secondHalf } from './steps.ts';

const python = findPython() ?? '';
const withPython = python === '' ? describe.skip : describe;
const patience = 300_000;

withPython('the MLflow client (needs Python with mlflow)', () => {
  let server: MlflowServer;

  beforeAll(async () => {
    server = await startMlflowServer(python);
  }, patience);
  // A run that failed in the outage leaves it killed.
  afterEach(() => server.start(), patience);
  afterAll(() => server?.dispose(), patience);

  const names = (steps: readonly Step[]) => steps.map(({ step }) => step);

  /**
   * Kills MLflow while the client waits, lets it meet the outage, starts MLflow again, and lets the client go
   * on once `back` resolves. What the client met is the result.
   */
  const runThroughRestart = async (
    options: Omit<ClientOptions, 'python' | 'atPause'>,
    back: () => Promise<unknown>,
  ): Promise<Step[]> => {
    const steps = await runClient({
      python,
      ...options,
      atPause: async (step) => {
        if (step === 'wait for the outage') return server.kill();
        await server.start();
        await back();
      },
    });
    expect(names(steps)).toEqual([...firstHalf, ...outage, ...secondHalf]);
    return steps.filter(({ step }) => step.endsWith(' during the outage'));
  };

  describe('at MLflow itself', () => {
    it(
      'takes every step',
      async () => {
        const steps = await runClient({ python, trackingUri: server.url, key: 'any', name: 'direct' });
        expect(names(steps)).toEqual([...firstHalf, ...secondHalf]);
      },
      patience,
    );

    it(
      'is refused while MLflow is killed, and goes on with the same run when it is back',
      async () => {
        const options = { trackingUri: server.url, key: 'any', name: 'interrupted' };
        const failed = await runThroughRestart(options, async () => undefined);
        for (const { status, error } of failed)
          expect([status, error]).toEqual([null, expect.stringContaining('Connection refused')]);
      },
      patience,
    );
  });
});
