import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type StandIn, startAuth } from '../../twin/servers/index.ts';
import { type Answer, type Api, type Surroundings, startApi, startSurroundings } from '../service/running.ts';
import { type ClientOptions, runClient, type Step } from './client-run.ts';
import { type MlflowServer, startMlflowServer } from './mlflow-server.ts';
import { findPython } from './python.ts';
import { firstHalf, outage, secondHalf } from './steps.ts';

const python = findPython() ?? '';
const withPython = python === '' ? describe.skip : describe;
const patience = 300_000;
/** From the moment that a dependency is back: requirement B6. */
const recoveryMs = 60_000;
const isFound = ({ status }: Answer) => status === 200;

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

  describe('through the service', () => {
    const key = 'hk_live_registry_admin';
    const reader = 'hk_live_reader';
    let around: Surroundings;
    let auth: StandIn;
    let api: Api;

    beforeAll(async () => {
      around = await startSurroundings();
      auth = await startAuth({
        [key]: { scopes: ['mlflow:admin'], rate_limit_per_hour: 1_000_000 },
        [reader]: {},
      });
      api = await startApi({
        ...around.env,
        AUTH_SERVICE_URL: auth.url,
        MLFLOW_TRACKING_URI: server.url,
      });
    }, patience);
    afterAll(async () => {
      await api?.stop('the test ends');
      await auth?.close();
      await around?.dispose();
    }, patience);

    describe.each([
      { mount: '/mlflow/*', prefix: '/mlflow', name: 'first' },
      { mount: '/api/mlflow/*', prefix: '/api/mlflow', name: 'second' },
      // The client itself adds /api/2.0/mlflow, and /api/2.0/mlflow-artifacts beside it.
      { mount: '/api/2.0/mlflow/*', prefix: '', name: 'third' },
    ])('at $mount', ({ prefix, name }) => {
      it(
        'takes every step',
        async () => {
          const steps = await runClient({ python, trackingUri: `${api.base}${prefix}`, key, name });
          expect(names(steps)).toEqual([...firstHalf, ...secondHalf]);
        },
        patience,
      );

      it(
        'is refused while MLflow is killed, and goes on with the same run when it is back',
        async () => {
          const options = { trackingUri: `${api.base}${prefix}`, key, name: `${name} interrupted` };
          const failed = await runThroughRestart(options, () =>
            api.until(`${prefix}/api/2.0/mlflow/experiments/search?max_results=1`, isFound, recoveryMs, {
              authorization: `Bearer ${key}`,
            }),
          );
          for (const { status, error } of failed) {
            expect([502, 503]).toContain(status);
            expect(error).not.toContain(String(server.port));
          }
        },
        patience,
      );
    });

    it(
      'tells the client that the registry needs an administrator’s key',
      async () => {
        const options = { python, trackingUri: `${api.base}/mlflow`, key: reader, name: 'reader' };
        await expect(runClient(options)).rejects.toThrow(
          'PERMISSION_DENIED: Admin access required for the model registry',
        );
      },
      patience,
    );

    it('writes no key into its log', () => {
      expect(api.log.text()).not.toContain(key);
      expect(api.log.text()).not.toContain(reader);
    });
  });
});
