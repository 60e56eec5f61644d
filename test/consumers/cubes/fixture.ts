import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { cubeOf, type Cube } from '../../../src/consumers/cubes/cube-store.js';
import { defineCube, tablesAmong, type NewCube } from '../../../src/consumers/cubes/define.js';
import { refreshCube } from '../../../src/consumers/cubes/refresh.js';
import type { Refreshed } from '../../../src/consumers/cubes/refresh-parts.js';
import { planPrune } from '../../../src/consumers/retention/plan.js';
import { prune } from '../../../src/consumers/retention/prune.js';
import { DEFAULT_TUNING } from '../../../src/core/limits.js';
import type { Row } from '../../../src/core/result.js';
import { rowsOf } from '../../../src/query/result/rows.js';
import { openSession } from '../../../src/query/session.js';
import { compactArchive } from '../../../src/store/archive/maintain/compact-archive.js';
import { createObject, objectNamed } from '../../../src/store/catalog/objects.js';
import { openSealedRows } from '../../../src/store/journal/trim.js';
import { seal } from '../../helpers/archive.js';
import { openTestJournal } from '../../helpers/journal.js';
import { removeDirectory } from '../../helpers/remove-directory.js';

export const HOURLY = `select time_bucket(interval 1 hour, time) as bucket, service, count(*) as n,
  sum(v) as total, quantile_cont(v, 0.5) as median, count(distinct v) as different
  from events where type = 'trace' group by all`;

const USUAL: NewCube = {
  name: 'hourly',
  sql: HOURLY,
  bucket: 'bucket',
  everyMs: 1000,
  keepMs: undefined,
  timezone: 'UTC',
};

const now = (): number => Date.now() * 1000;

/** A store with cubes, and the real steps that change it. */
export interface CubeFixture {
  readonly dir: string;
  send(...events: readonly object[]): void;
  create(cube?: Partial<NewCube>): Promise<Cube>;
  /** Stores a view, or replaces one. */
  view(name: string, sql: string): void;
  /** The cube as it is stored now. */
  cube(name?: string): Cube;
  refresh(name?: string, rebuilds?: boolean): Promise<Refreshed>;
  ask(sql: string): Promise<Row[]>;
  seal(kind?: string): Promise<void>;
  compact(): Promise<void>;
  /** Closes the store and removes it, before the end of the test. */
  remove(): void;
  /** Removes the events for which a condition is true. */
  prune(where: string): Promise<void>;
}

/** Makes a store without events. */
export function cubeFixture(): CubeFixture {
  const dir = mkdtempSync(join(tmpdir(), 'telemetry-cubes-'));
  const journal = openTestJournal(dir);
  const remove = (): void => {
    journal.close();
    removeDirectory(dir);
  };
  onTestFinished(remove);
  const cubeNamed = (name: string): Cube => cubeOf(objectNamed(dir, 'cube', name));
  return {
    dir,
    send: (...events) => journal.append(events),
    async create(cube = {}) {
      const wanted = { ...USUAL, ...cube };
      const session = await openSession({ dir, timezone: wanted.timezone });
      try {
        const definition = await defineCube(session, tablesAmong(dir), wanted);
        createObject(dir, { name: wanted.name, kind: 'cube', definition, createdAt: now() });
      } finally {
        session.close();
      }
      return cubeNamed(wanted.name);
    },
    view: (name, sql) => createObject(dir, { name, kind: 'view', definition: { sql }, createdAt: now() }, true),
    cube: (name = 'hourly') => cubeNamed(name),
    async refresh(name = 'hourly', rebuilds = false) {
      return (await refreshCube(dir, cubeNamed(name), { now, rebuilds }))!;
    },
    async ask(sql) {
      const session = await openSession({ dir });
      try {
        return await rowsOf(await session.query(sql));
      } finally {
        session.close();
      }
    },
    async seal(kind = 'parquet') {
      await seal(dir, undefined, kind);
      const rows = openSealedRows(dir);
      await rows.trim({ signal: new AbortController().signal, isShared: () => false, shrinks: true });
      rows.close();
    },
    remove,
    async compact() {
      const options = { dir, ...DEFAULT_TUNING, now };
      await compactArchive(options, new AbortController().signal);
    },
    async prune(where) {
      const session = await openSession({ dir });
      try {
        const { removal } = await planPrune(session, { keep: [], where, olderThan: undefined }, Date.now());
        await prune(dir, await removal(), { signal: new AbortController().signal, now, isShared: () => false });
      } finally {
        session.close();
      }
    },
  };
}
