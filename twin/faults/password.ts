import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { endSessions } from './end-sessions.ts';
import type { FaultDefinition } from './fault.ts';

export const password: FaultDefinition = {
  doc: 'Somebody changed the password of the application role on the server and ended its sessions; the secret has the old one.',
  driven: true,
  parts: ['database'],
  breaks: ['postgres-refuses-login'],
  cause: 'PASSWORD_REJECTED',
  inject: async ({ database, application }) => {
    const set = async (value: string): Promise<void> => {
      const role = pg.escapeIdentifier(application.user);
      await database.administer(`alter role ${role} password ${pg.escapeLiteral(value)}`);
    };
    await set(randomBytes(18).toString('base64url'));
    await endSessions(database);
    return () => set(application.password);
  },
};
