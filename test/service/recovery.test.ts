import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Api, type Surroundings, startApi, startSurroundings } from './running.ts';

let around: Surroundings;
let api: Api;
beforeAll(async () => {
  around = await startSurroundings();
  api = await startApi({
    ...around.env,
    ADMIN_TOKEN: 'operators-token',
    DATABASE_MAX_RETRIES: '0',
    POSTGRES_CB_FAILURE_THRESHOLD: '2',
    POSTGRES_CB_FAILURE_PERIOD: '0',
    POSTGRES_CB_RECOVERY_TIMEOUT: '1',
  });
});
afterAll(async () => {
  await api?.stop('end of the test');
  await around?.dispose();
});

const state = () => api.breakers.get('postgres')?.status();
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('the breaker of PostgreSQL in a service without traffic', () => {
  it('goes on trying while the database is away, and closes by itself once it is back', async () => {
    await around.postgres.refuse();
    around.postgres.cut();
    for (let count = 0; count < 2; count += 1) await api.database.query('SELECT 1').catch(() => undefined);
    expect(state()).toMatchObject({ state: 'open', openingCause: 'CONNECTION_REFUSED' });
    await pause(3_000);
    // A trial was made and failed: the next one waits longer.
    expect(state()).toMatchObject({ state: 'open', failedRecoveries: expect.any(Number) });
    expect(state()?.failedRecoveries).toBeGreaterThan(0);
    await around.postgres.listen();
    const end = performance.now() + 20_000;
    while (state()?.state !== 'closed' && performance.now() < end) await pause(100);
    expect(state()).toMatchObject({ state: 'closed' });
    await api.database.query('SELECT 1');
    const lines = api.log.entries().filter(({ breaker }) => breaker === 'postgres');
    expect(lines.map(({ to }) => to)).toEqual(expect.arrayContaining(['open', 'half-open', 'closed']));
    const { body } = await api.get('/health/history', { authorization: 'Bearer operators-token' });
    expect(body.transitions.map(({ to }: { to: string }) => to)).toEqual(lines.map(({ to }) => to));
  });

  it('is left alone while an operator holds it open', async () => {
    const before = around.postgres.taken();
    await api.post('/admin/breakers/postgres/open', { authorization: 'Bearer operators-token' });
    await pause(2_500);
    expect(state()).toMatchObject({ state: 'open', heldOpen: true });
    expect(around.postgres.taken()).toBe(before);
    await api.post('/admin/breakers/postgres/reset', { authorization: 'Bearer operators-token' });
    await api.database.query('SELECT 1');
  });
});
