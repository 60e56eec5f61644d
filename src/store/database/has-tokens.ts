import { Sqlite } from './sqlite.js';
import { databaseFile } from './store.js';

/**
 * True when the existing store at `dir` has tokens, revoked ones included. Fast, for a command that waits for it;
 * opening the store reports any other problem.
 * @throws the error of SQLite.
 */
export function hasTokens(dir: string): boolean {
  const db = new Sqlite(databaseFile(dir), { readonly: true, fileMustExist: true });
  try {
    return db.prepare('select 1 from tokens limit 1').get() !== undefined;
  } finally {
    db.close();
  }
}
