/** `npm run migrate`: brings the database of DATABASE_* to the newest migration. */
import '../service/entry/migrate.ts';
