import { describeFaults } from './fault.ts';
import { secretFaults } from './tables/secrets.ts';
import { startPostgresWorld } from './worlds/postgres-world.ts';

describeFaults('the secret', secretFaults, async () => {
  const world = await startPostgresWorld();
  return { ...world, secrets: [...world.secrets, 'hunter2'] };
});
