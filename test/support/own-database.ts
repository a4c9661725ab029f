import { openDatabase, type Database } from '../../infra/db/database.ts';
import { createDatabase } from './embedded.ts';

/** A database for this test file alone, with the schema, from before its tests until after them. */
export function ownDatabase(): { readonly database: Database } {
  let stored: Awaited<ReturnType<typeof createDatabase>>;
  let database: Database;
  beforeAll(async () => {
    stored = await createDatabase();
    database = openDatabase(stored.url);
  });
  afterAll(async () => {
    await database.destroy();
    await stored.drop();
  });
  return {
    get database() {
      return database;
    },
  };
}
