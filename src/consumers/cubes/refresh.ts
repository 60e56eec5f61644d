import type { Database } from 'better-sqlite3';
import { messageOf, TelemetryError } from '../../core/errors.js';
import { faultPoint } from '../../core/fault-point.js';
import type { Micros } from '../../core/duration.js';
import { withCondition, type BucketPlan, type CubeDefinition } from '../../query/cubes/definition.js';
import { remainingSql, rowsSql, storedSql, touchedOf, touchedSql, windowsOf } from '../../query/cubes/steps.js';
import { rowsOf } from '../../query/result/rows.js';
import { openSession, type Session } from '../../query/session.js';
import {
  dropBuckets,
  dropBucketsBelow,
  dropFile,
  insertFile,
  readAllBuckets,
  readBuckets,
  replaceBuckets,
  setBucketStates,
  touchBuckets,
  updateCube,
  type BucketState,
  type CubeBucket,
  type TouchedBucket,
} from '../../store/catalog/cubes.js';
import { openForWriting } from '../../store/database/store.js';
import { waitForCubes } from '../../store/locks/cube-lock.js';
import { stepCondition } from '../cursor.js';
import { CubeStore, type Cube } from './cube-store.js';
import { finishCubeFile, sweepCubeFiles, unfinishedCubeFile } from './files.js';
import { filesToMerge } from './merge-choice.js';

/**
 * Events of the buckets that one statement computes: an exact quantile holds all of its values in memory. A bucket with
 * more is computed by itself.
 */
const BATCH_EVENTS = 2_000_000;

/** Buckets that one transaction stores: the writer of events waits for it, some milliseconds. */
const BATCH_BUCKETS = 2000;

export interface RefreshOptions {
  readonly signal?: AbortSignal | undefined;
  /** The present, in microseconds since 1970. */
  readonly now: () => Micros;
  /** Memory of the query, in bytes; default that of any query. */
  readonly memory?: number | undefined;
  /** True to compute all buckets again whose raw events are all there. */
  readonly rebuilds?: boolean;
}

/** The result of a refresh. */
export interface Refreshed {
  /** Buckets that were computed. */
  readonly buckets: number;
  /** Events since the last refresh. */
  readonly events: number;
  /** Late events of buckets that are frozen: in no bucket. */
  readonly lateDropped: number;
  /** Buckets that turned out to have lost raw events. */
  readonly frozen: number;
}

/**
 * Brings a cube up to the present. Waits while another process refreshes one.
 * @returns undefined when the signal aborted before it began.
 * @throws TelemetryError of the query; the cube keeps the buckets that it had, and its last error.
 */
export async function refreshCube(dir: string, cube: Cube, options: RefreshOptions): Promise<Refreshed | undefined> {
  const unlock = await waitForCubes(dir, options.signal);
  if (!unlock) return undefined;
  const db = openForWriting(dir);
  try {
    sweepCubeFiles(dir, db);
    const store = new CubeStore(db, cube, options.now);
    try {
      const refreshed = await refreshing(dir, cube, store, options);
      store.noteError(null);
      return refreshed;
    } catch (error) {
      if (options.signal?.aborted !== true) noteFailure(store, error);
      throw error;
    }
  } finally {
    closeAndSweep(dir, db);
    unlock();
  }
}

function noteFailure(store: CubeStore, error: unknown): void {
  try {
    store.noteError(messageOf(error).split('\n', 1)[0]!);
  } catch {
    // The error of the refresh matters more: the cube is gone, or the disk is full.
  }
}

function closeAndSweep(dir: string, db: Database): void {
  try {
    sweepCubeFiles(dir, db);
  } finally {
    db.close();
  }
}

async function refreshing(dir: string, cube: Cube, store: CubeStore, options: RefreshOptions): Promise<Refreshed> {
  const { signal, memory } = options;
  const session = await openSession({
    dir,
    timezone: cube.definition.timezone,
    writable: unfinishedCubeFile(dir),
    memory,
    rebuildsPayload: true,
    ...(signal && { signal }),
    onDamaged: ({ file }, problem) => store.refuse(damaged(file, problem)),
  });
  try {
    return await new Refresh(dir, cube, store, session, options).run();
  } finally {
    session.close();
  }
}

function damaged(file: string, problem: string): TelemetryError {
  return new TelemetryError('failure', `events are missing: ${file} is damaged (${problem})`, {
    remedy: 'See `telemetry verify`; the cube keeps the buckets that it has.',
  });
}

/** One refresh of a cube, under the lock of the cubes. */
class Refresh {
  readonly #dir: string;
  readonly #name: string;
  readonly #store: CubeStore;
  readonly #session: Session;
  readonly #options: RefreshOptions;
  #definition: CubeDefinition;
  #buckets = 0;
  #frozen = 0;

  constructor(dir: string, { name, definition }: Cube, store: CubeStore, session: Session, options: RefreshOptions) {
    this.#dir = dir;
    this.#name = name;
    this.#definition = definition;
    this.#store = store;
    this.#session = session;
    this.#options = options;
  }

  async run(): Promise<Refreshed> {
    const before = this.#store.state();
    const changed = await this.#takeTypes();
    const { plan } = this.#definition;
    if (!plan) return this.#refreshWhole();
    // What a refresh that was ended left to do.
    await this.#computeTouched(plan);
    const isRebuild = this.#options.rebuilds === true || changed;
    if (isRebuild || this.#store.removals() !== before.removals) await this.#freezeRemoved(plan);
    const events = await this.#noteTouched(plan);
    if (isRebuild) this.#touchAll();
    await this.#computeTouched(plan);
    this.#keep();
    await this.#merge();
    const { lateDropped } = this.#store.state();
    this.#store.change((db, name, now) => updateCube(db, name, { refreshedAt: now }));
    return { buckets: this.#buckets, events, lateDropped: lateDropped - before.lateDropped, frozen: this.#frozen };
  }

  /** Takes in the types that the columns have by now. Returns true when they are others than the stored ones. */
  async #takeTypes(): Promise<boolean> {
    const { columns } = await this.#session.query(`select * from (\n${this.#definition.sql}\n) limit 0`);
    const types = new Map(columns.map(({ name, type }) => [name, type]));
    const changes = this.#definition.columns.flatMap(({ name, type }) => {
      const now = types.get(name) ?? type;
      return now === type ? [] : [`${name} is ${now}, was ${type}`];
    });
    if (changes.length === 0) return false;
    const definition = { ...this.#definition, columns: columns.map(({ name, type }) => ({ name, type })) };
    this.#store.change((db, name) => {
      this.#store.redefine(db, definition);
      updateCube(db, name, { note: `rebuilt for new types of columns: ${changes.join(', ')}` });
    });
    this.#definition = definition;
    return true;
  }

  /** Computes the touched buckets, newest first, in batches that are each stored in one transaction. */
  async #computeTouched(plan: BucketPlan): Promise<void> {
    for (;;) {
      const { touched } = this.#store.state();
      if (touched.length === 0) return;
      const stored = this.#store.read((db, name) =>
        readBuckets(
          db,
          name,
          touched.map(({ bucket }) => bucket),
        ),
      );
      await this.#computeBatch(plan, batchOf(touched, stored), stored);
    }
  }

  async #computeBatch(
    plan: BucketPlan,
    batch: readonly TouchedBucket[],
    stored: ReadonlyMap<number, CubeBucket>,
  ): Promise<void> {
    const { cursorId } = this.#store.state();
    const windows = windowsOf(batch, stored);
    await this.#session.refresh({ fromId: 0, toId: cursorId, windows });
    const removals = this.#store.removals();
    const known = batch.flatMap(({ bucket }) => stored.get(bucket) ?? []);
    const lost = await this.#lostOf(plan, known);
    const keys = batch.map(({ bucket }) => bucket).filter(bucket => !lost.has(bucket));
    if (lost.size > 0) {
      this.#frozen += lost.size;
      const late = batch.filter(({ bucket }) => lost.has(bucket)).reduce((sum, { events }) => sum + events, 0);
      this.#store.change((db, name) => {
        setBucketStates(db, name, lost);
        updateCube(db, name, { lateDropped: this.#store.state().lateDropped + late });
      });
    }
    if (keys.length === 0) return;
    const counts = await this.#count(plan, keys);
    const rows = await this.#session.copyTo(unfinishedCubeFile(this.#dir), this.#ordered(rowsSql(plan, keys)));
    faultPoint('cube:written');
    // Events that were removed meanwhile may be in the counts and not in the rows.
    if (this.#store.removals() !== removals) return;
    const file = finishCubeFile(this.#dir, this.#name, rows);
    faultPoint('cube:before-change');
    this.#store.change((db, name, now) => {
      const id = insertFile(db, name, file);
      replaceBuckets(
        db,
        name,
        keys.map(bucket => bucketOf(bucket, id, cursorId, counts.get(bucket))),
        now,
      );
    });
    faultPoint('cube:after-change');
    this.#buckets += keys.length;
  }

  async #count(plan: BucketPlan, keys: readonly number[]): Promise<Map<number, TouchedBucket>> {
    const sql = withCondition(plan.touched, `${plan.key} in (${keys.join(', ')})`);
    const rows = await rowsOf(await this.#session.query(sql));
    return new Map(rows.map(touchedOf).map(one => [one.bucket, one]));
  }

  /** The buckets that have fewer events than they were computed from, and their states from now on. */
  async #lostOf(plan: BucketPlan, buckets: readonly CubeBucket[]): Promise<Map<number, BucketState>> {
    const lost = new Map<number, BucketState>();
    if (buckets.length === 0) return lost;
    const rows = await rowsOf(await this.#session.query(remainingSql(plan, buckets)));
    const remaining = new Map(rows.map(([bucket, events]) => [Number(bucket), Number(events)]));
    for (const { bucket, events } of buckets) {
      const left = remaining.get(bucket) ?? 0;
      if (left < events) lost.set(bucket, left === 0 ? 'frozen' : 'partial');
    }
    return lost;
  }

  /** Freezes the buckets that have lost raw events. */
  async #freezeRemoved(plan: BucketPlan): Promise<void> {
    const removals = this.#store.removals();
    const { cursorId } = this.#store.state();
    const buckets = this.#store.read((db, name) => readAllBuckets(db, name, ['live', 'partial']));
    await this.#session.refresh({ fromId: 0, toId: Infinity, windows: undefined });
    const rows = await rowsOf(await this.#session.query(touchedSql(plan, 0, cursorId)));
    const remaining = new Map(rows.map(touchedOf).map(one => [one.bucket, one.events]));
    const states = new Map<number, BucketState>();
    for (const { bucket, events, state } of buckets) {
      const left = remaining.get(bucket) ?? 0;
      const now = left === 0 ? 'frozen' : 'partial';
      if (left < events && now !== state) states.set(bucket, now);
    }
    this.#frozen += states.size;
    this.#store.change((db, name) => {
      setBucketStates(db, name, states);
      updateCube(db, name, { removals });
    });
  }

  /** Moves the cursor to what a snapshot has, and notes the buckets that the events up to there touch. */
  async #noteTouched(plan: BucketPlan): Promise<number> {
    const { cursorId: seenId, keptFrom, lateDropped } = this.#store.state();
    const removals = this.#store.removals();
    const { lastId } = await this.#session.refresh({ fromId: 0, toId: Infinity, windows: undefined });
    if (lastId <= seenId) return 0;
    await this.#session.refresh({ fromId: seenId + 1, toId: lastId });
    const all = (await rowsOf(await this.#session.query(touchedSql(plan, seenId, lastId)))).map(touchedOf);
    const stored = this.#store.read((db, name) =>
      readBuckets(
        db,
        name,
        all.map(({ bucket }) => bucket),
      ),
    );
    const isOpen = ({ bucket }: TouchedBucket): boolean =>
      bucket >= (keptFrom ?? -Infinity) && (stored.get(bucket)?.state ?? 'live') === 'live';
    const touched = all.filter(isOpen);
    const late = all.filter(one => !isOpen(one)).reduce((sum, { events }) => sum + events, 0);
    for (let at = 0; at + BATCH_BUCKETS < touched.length; at += BATCH_BUCKETS) {
      const part = touched.slice(at, at + BATCH_BUCKETS).map(one => ({ ...one, events: 0 }));
      this.#store.change((db, name) => touchBuckets(db, name, part));
    }
    faultPoint('cube:before-cursor');
    this.#store.change((db, name) => {
      touchBuckets(db, name, touched);
      const isFirst = seenId === 0;
      updateCube(db, name, {
        cursorId: lastId,
        lateDropped: lateDropped + late,
        ...(isFirst && { removals }),
      });
    });
    faultPoint('cube:after-cursor');
    return all.reduce((sum, { events }) => sum + events, 0);
  }

  /** Has all buckets computed again that are not frozen. */
  #touchAll(): void {
    const live = this.#store.read((db, name) => readAllBuckets(db, name, ['live']));
    for (let at = 0; at < live.length; at += BATCH_BUCKETS) {
      const part = live.slice(at, at + BATCH_BUCKETS).map(one => ({ ...one, events: 0 }));
      this.#store.change((db, name) => touchBuckets(db, name, part));
    }
  }

  async #refreshWhole(): Promise<Refreshed> {
    const { cursorId: seenId, removals: seenRemovals, refreshedAt } = this.#store.state();
    const removals = this.#store.removals();
    const { lastId } = await this.#session.refresh({ fromId: 0, toId: Infinity, windows: undefined });
    const isCurrent = refreshedAt !== null && seenId === lastId && seenRemovals === removals;
    if (isCurrent && this.#options.rebuilds !== true) return { buckets: 0, events: 0, lateDropped: 0, frozen: 0 };
    await this.#session.refresh({ toId: lastId });
    const rows = await this.#session.copyTo(unfinishedCubeFile(this.#dir), this.#ordered(this.#definition.sql));
    faultPoint('cube:written');
    const counted = await rowsOf(
      await this.#session.query(`select count(*) from events where ${stepCondition({ seenId, lastId })}`),
    );
    const file = finishCubeFile(this.#dir, this.#name, rows);
    faultPoint('cube:before-change');
    this.#store.change((db, name, now) => {
      dropBuckets(db, name, now);
      insertFile(db, name, file);
      updateCube(db, name, { cursorId: lastId, removals, refreshedAt: now });
    });
    return { buckets: rows, events: Number(counted[0]?.[0]), lateDropped: 0, frozen: 0 };
  }

  #ordered(sql: string): string {
    const { bucket } = this.#definition;
    return `select * from (\n${sql}\n) order by "${bucket.replaceAll('"', '""')}"`;
  }

  /** Removes buckets past their age. */
  #keep(): void {
    const { keepMs } = this.#definition;
    if (keepMs === undefined) return;
    this.#store.change((db, name, now) => {
      const key = this.#keyAt(now - keepMs * 1000);
      dropBucketsBelow(db, name, key, now);
      updateCube(db, name, { keptFrom: key });
    });
  }

  /** The key of a time: buckets of whole numbers are seconds since 1970. */
  #keyAt(time: Micros): number {
    const { columns, bucket } = this.#definition;
    const type = columns.find(({ name }) => name.toLowerCase() === bucket.toLowerCase())?.type ?? '';
    return /^(?:TIMESTAMP|DATE)/.test(type) ? Math.floor(time) : Math.floor(time / 1e6);
  }

  /** Merges small files, and those of which most buckets were replaced. */
  async #merge(): Promise<void> {
    const { files } = this.#store.state();
    const chosen = filesToMerge(
      files.map(file => ({
        file,
        rows: file.rows,
        isWorn: this.#store.read(db => isWorn(db, file.id, file.dead.length)),
      })),
    );
    if (chosen.length === 0) return;
    const sql = this.#ordered(storedSql(this.#dir, this.#definition, chosen));
    const rows = await this.#session.copyTo(unfinishedCubeFile(this.#dir), sql);
    faultPoint('cube:merged');
    const merged = finishCubeFile(this.#dir, this.#name, rows);
    this.#store.change((db, name, now) => {
      const id = insertFile(db, name, merged);
      const move = db.prepare('update cube_buckets set file = ? where file = ?');
      for (const file of chosen) {
        move.run(id, file.id);
        dropFile(db, file.id, now);
      }
    });
  }
}

/** True for a file that has as many replaced buckets as valid ones. */
function isWorn(db: Database, file: number, dead: number): boolean {
  const live = db.prepare<[number], number>('select count(*) from cube_buckets where file = ?').pluck().get(file)!;
  return dead > 0 && dead >= live;
}

/** The first touched buckets that are computed together. */
function batchOf(touched: readonly TouchedBucket[], stored: ReadonlyMap<number, CubeBucket>): TouchedBucket[] {
  let events = 0;
  const batch: TouchedBucket[] = [];
  for (const one of touched) {
    events += one.events + (stored.get(one.bucket)?.events ?? 0);
    if (batch.length > 0 && (events > BATCH_EVENTS || batch.length === BATCH_BUCKETS)) break;
    batch.push(one);
  }
  return batch;
}

function bucketOf(bucket: number, file: number, uptoId: number, counted: TouchedBucket | undefined): CubeBucket {
  const { events = 0, timeFrom = 0, timeTo = 0 } = counted ?? {};
  return { bucket, file, events, uptoId, timeFrom, timeTo, state: 'live' };
}
