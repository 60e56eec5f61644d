import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';
import { onTestFinished } from 'vitest';
import { forwardNow, type ForwardTotals } from '../../../../../src/consumers/forward/forward-now.js';
import type { RemoteDefinition } from '../../../../../src/consumers/remotes/remote.js';
import {
  EMPTY_ROOT,
  parsePage,
  parseRoot,
  ROOT_KEY,
  type ManifestRoot,
  type ObjectEntry,
} from '../../../../../src/consumers/remotes/kinds/objects/manifest-format.js';
import { insertObject } from '../../../../../src/store/catalog/objects.js';
import { deleteRemote, insertRemote } from '../../../../../src/store/catalog/remotes.js';
import { openForWriting } from '../../../../../src/store/database/store.js';
import { openTestJournal } from '../../../../helpers/journal.js';
import { makeDirectory } from '../../../../helpers/store.js';
import { removeDirectory } from '../../../../helpers/remove-directory.js';

const program = fileURLToPath(new URL('../../../../../bin/telemetry.js', import.meta.url));

/** A directory of the test's own. */
export function place(): string {
  const dir = makeDirectory();
  onTestFinished(() => removeDirectory(dir));
  return dir;
}

/** Creates a store with events. */
export function makeStore(dir: string, lines: readonly string[]): void {
  const journal = openTestJournal(dir);
  journal.appendText(lines);
  journal.close();
}

/** Adds events to a store. */

/** Events of one day and type, with the numbers `from` to `to` as `n`. */
export function numbered(from: number, to: number): string[] {
  return Array.from(
    { length: to - from + 1 },
    (_, i) => `{"type":"log","time":"2024-05-01T00:00:00Z","n":${from + i},"msg":"event ${from + i}"}`,
  );
}

/**
 * Adds a remote to a store that sends all events.
 * @param replaces true to remove one of this name first.
 */
export function addRemote(
  dir: string,
  name: string,
  url: string,
  definition: Partial<RemoteDefinition> = {},
  replaces = false,
): void {
  const db = openForWriting(dir);
  db.transaction(() => {
    if (replaces) {
      deleteRemote(db, name);
      db.prepare('delete from objects where name = ?').run(name);
    }
    const whole: RemoteDefinition = { url, options: {}, ...definition };
    insertObject(db, { name, kind: 'remote', definition: whole, createdAt: Date.now() * 1000 });
    insertRemote(db, name, 0);
  })();
  db.close();
}

/** Forwards what is in a store now. */
export function forward(dir: string, name = 'lake'): Promise<ForwardTotals> {
  return forwardNow(
    {
      ...{ dir, name, untilCurrent: true },
      now: () => Date.now() * 1000,
      onStep: () => undefined,
      onNote: () => Promise.resolve(),
    },
    new AbortController().signal,
  );
}

/** Forwards in a process of its own, which a fault may kill. */
export function forwardCommand(dir: string, env: Record<string, string> = {}): SpawnSyncReturns<string> {
  const args = [program, 'forward', 'lake', '--until-current', '--store', dir];
  const options = { env: { PATH: process.env.PATH, HOME: dir, ...env }, encoding: 'utf8', timeout: 200_000 } as const;
  return spawnSync(process.execPath, args, options);
}

/** The root of the manifest in a folder. */
export function rootIn(folder: string): ManifestRoot {
  const file = join(folder, ROOT_KEY);
  return existsSync(file) ? parseRoot(readFileSync(file), folder) : EMPTY_ROOT;
}

/** All entries of the manifest in a folder. */
export function entriesIn(folder: string): ObjectEntry[] {
  const { pages, objects } = rootIn(folder);
  return [...pages.flatMap(({ file }) => parsePage(readFileSync(join(folder, file)))), ...objects];
}

/** The Parquet files in a folder, named or not. */
export function parquetIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.parquet'))
    .sort();
}

/** Asks a bare DuckDB about the objects of a manifest, as the view `events`. */
export async function askObjects(folder: string, sql: string): Promise<unknown[][]> {
  const files = entriesIn(folder).map(({ file }) => `'${join(folder, file).replaceAll("'", "''")}'`);
  return duckdb(`with events as (
    from read_parquet([${files.join(', ')}], union_by_name = true, hive_partitioning = true, hive_types_autocast = false)
  ) ${sql}`);
}

/** Asks a bare DuckDB. */
async function duckdb(sql: string): Promise<unknown[][]> {
  const instance = await DuckDBInstance.create(':memory:');
  try {
    return (await (await instance.connect()).runAndReadAll(sql)).getRowsJson();
  } finally {
    instance.closeSync();
  }
}
