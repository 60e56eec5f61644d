import { Sqlite } from './sqlite.js';
import { databaseFile } from './store.js';

/**
 * Whether the store at `dir`, which is there, has tokens, revoked ones included. Told quickly, for a command that waits
 * for it: what else may be wrong with the store, opening it tells.
 * @throws what SQLite throws.
 */
export function hasTokens(dir: string): boolean {
  const db = new Sqlite(databaseFile(dir), { readonly: true, fileMustExist: true });
  try {
    return db.prepare('select 1 from tokens limit 1').get() !== undefined;
  } finally {
    db.close();
  }
}
