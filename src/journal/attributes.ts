import type { Database } from 'better-sqlite3';
import type { Attribute } from '../core/attribute.js';

interface AttributeRow {
  path: string;
  name: string;
  kinds: number;
}

/** The attributes registered so far, in the order first seen. One statement, so within the caller's read transaction it fits the rows it sees. */
export function readAttributes(db: Database): Attribute[] {
  const rows = db.prepare<[], AttributeRow>('select path, name, kinds from attributes order by rowid').all();
  const byName = new Map<string, { name: string; paths: string[][]; kinds: number }>();
  for (const { path, name, kinds } of rows) {
    const keys = JSON.parse(path) as string[];
    const known = byName.get(name.toLowerCase());
    if (known) {
      known.paths.push(keys);
      known.kinds |= kinds;
    } else {
      byName.set(name.toLowerCase(), { name, paths: [keys], kinds });
    }
  }
  return [...byName.values()];
}
