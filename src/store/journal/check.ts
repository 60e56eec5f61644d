import { messageOf } from '../../core/errors.js';
import { openForReading } from '../database/store.js';

/** Something of the database that is not as it should be. */
export interface JournalFinding {
  readonly file: string;
  readonly problem: string;
}

const FILE = 'telemetry.db';

/** Checks the database: SQLite's own check, and that attributes and the mark up to which events are sealed can be read. */
export function checkJournal(dir: string): JournalFinding[] {
  const db = openForReading(dir);
  try {
    const problems = (db.pragma('integrity_check') as { integrity_check: string }[])
      .map(row => row.integrity_check)
      .filter(text => text !== 'ok');
    const attributes = db.prepare<[], { path: string; name: string; kinds: number }>('select * from attributes').all();
    for (const { path, name, kinds } of attributes) {
      if (!isPath(path, name) || !Number.isInteger(kinds))
        problems.push(`the attribute ${path} (${name}) is not sound`);
    }
    const sealed = db.prepare('select count(*) from sealed').pluck().get();
    if (sealed !== 1) problems.push(`the mark up to which events are sealed is there ${String(sealed)} times`);
    return problems.map(problem => ({ file: FILE, problem }));
  } catch (error) {
    return [{ file: FILE, problem: `it cannot be read: ${messageOf(error)}` }];
  } finally {
    db.close();
  }
}

function isPath(path: string, name: string): boolean {
  try {
    const keys: unknown = JSON.parse(path);
    return Array.isArray(keys) && keys.every(key => typeof key === 'string') && keys.join('.') === name;
  } catch {
    // Invalid JSON is not a path either, which is the answer to this check.
    return false;
  }
}
