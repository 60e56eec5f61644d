import { createHash } from 'node:crypto';
import type { Attribute } from '../../core/attribute.js';
import { faultPoint } from '../../core/fault-point.js';
import type { Micros } from '../../core/duration.js';
import { statementOf, withCondition, type BucketPlan, type CubeDefinition } from '../../query/cubes/definition.js';
import { rowsSql, touchedOf, windowsOf } from '../../query/cubes/steps.js';
import { viewsNamedIn, type NamedView } from '../../query/named-views/named-views.js';
import { rowsOf } from '../../query/result/rows.js';
import type { Session } from '../../query/session.js';
import {
  dropBucketsBelow,
  insertFile,
  readAllBuckets,
  readBuckets,
  replaceBuckets,
  setBucketStates,
  UNKNOWN_EVENTS,
  updateCube,
  type BucketState,
  type CubeBucket,
  type TouchedBucket,
} from '../../store/catalog/cubes.js';
import type { Cube, CubeStore } from './cube-store.js';
import { finishCubeFile, unfinishedCubeFile } from './files.js';
import { mergeFiles } from './merge.js';
import { BATCH_BUCKETS, noteTouched, touchInParts } from './note-touched.js';
import { orderedSql, type Refreshed, type RefreshParts } from './refresh-parts.js';
import { recoverFiles, takeViews } from './restart.js';
import { freezeRemoved, lostBuckets } from './removed-buckets.js';
import { refreshWhole } from './whole.js';

/**
 * Events of the buckets that one statement computes: an exact quantile holds all of its values in memory. A bucket with
 * more is computed by itself.
 */
const BATCH_EVENTS = 2_000_000;

export interface RefreshOptions {
  readonly signal?: AbortSignal | undefined;
  /** The present, in microseconds since 1970. */
  readonly now: () => Micros;
  /** Memory of the query, in bytes; default that of any query. */
  readonly memory?: number | undefined;
  /** True to compute all buckets again whose raw events are all there. */
  readonly rebuilds?: boolean;
}

/** One refresh of a cube, under the lock of the cubes. */
export class Refresh {
  readonly #dir: string;
  readonly #name: string;
  readonly #store: CubeStore;
  readonly #session: Session;
  readonly #options: RefreshOptions;
  #definition: CubeDefinition;
  #buckets = 0;
  #frozen = 0;
  #incomplete = 0;

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
    recoverFiles(this.#parts(), this.#options.rebuilds === true);
    const redefinition = await takeViews(this.#parts());
    this.#definition = redefinition ?? this.#definition;
    const changed = redefinition !== undefined || (await this.#takeTypes());
    const { plan } = this.#definition;
    if (!plan) return refreshWhole(this.#parts(), this.#options.rebuilds === true || changed);
    // What a refresh that was ended left to do.
    await this.#computeTouched(plan);
    const isRebuild = this.#options.rebuilds === true || changed;
    if (isRebuild || this.#store.removals() !== before.removals)
      this.#frozen += await freezeRemoved(this.#parts(), plan);
    const events = await noteTouched(this.#parts(), plan);
    if (isRebuild) this.#touchAll();
    await this.#computeTouched(plan);
    this.#keep();
    await mergeFiles(this.#parts());
    const { lateDropped } = this.#store.state();
    this.#store.change((db, name, now) => updateCube(db, name, { refreshedAt: now }));
    return {
      buckets: this.#buckets,
      events,
      lateDropped: lateDropped - before.lateDropped,
      frozen: this.#frozen,
      incomplete: this.#incomplete,
    };
  }

  #parts(): RefreshParts {
    return {
      dir: this.#dir,
      name: this.#name,
      definition: this.#definition,
      store: this.#store,
      session: this.#session,
    };
  }

  /** Takes in the types that the columns have by now. Returns true when they are others than the stored ones. */
  async #takeTypes(): Promise<boolean> {
    // Types come from the registered attributes: files of earlier events need not be opened.
    const { attributes: all } = await this.#session.refresh({ fromId: this.#store.state().cursorId + 1 });
    const statement = statementOf(this.#definition);
    const attributes = hashOf(all, viewsNamedIn(statement, { attributes: all, objects: this.#session.objects }));
    if (this.#definition.plan && attributes === this.#definition.attributes) return false;
    const { columns } = await this.#session.query(`select * from (\n${statement}\n) limit 0`);
    const types = new Map(columns.map(({ name, type }) => [name, type]));
    const changes = this.#definition.columns.flatMap(({ name, type }) => {
      const now = types.get(name) ?? type;
      return now === type ? [] : [`${name} is ${now}, was ${type}`];
    });
    const definition = { ...this.#definition, columns: columns.map(({ name, type }) => ({ name, type })), attributes };
    this.#store.change((db, name) => {
      this.#store.redefine(db, definition);
      if (changes.length === 0) return;
      updateCube(db, name, { note: `rebuilt for new types of columns: ${changes.join(', ')}` });
    });
    this.#definition = definition;
    return changes.length > 0;
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
    const { cursorId, removals: checkedRemovals } = this.#store.state();
    const windows = windowsOf(batch, stored);
    await this.#session.refresh({ fromId: 0, toId: cursorId, windows });
    const removals = this.#store.removals();
    const known = batch.flatMap(({ bucket }) => stored.get(bucket) ?? []);
    const isComplete = removals === checkedRemovals;
    const lost = isComplete ? new Map<number, BucketState>() : await lostBuckets(this.#parts(), plan, known);
    const left = batch.map(({ bucket }) => bucket).filter(bucket => !lost.has(bucket));
    if (lost.size > 0) {
      this.#frozen += lost.size;
      const late = batch
        .filter(({ bucket }) => lost.has(bucket))
        .reduce((sum, { events }) => sum + Math.max(0, events), 0);
      this.#store.change((db, name) => {
        setBucketStates(db, name, lost);
        updateCube(db, name, { lateDropped: this.#store.state().lateDropped + late });
      });
    }
    if (left.length === 0) return;
    const isKnown = isComplete && batch.every(({ events }) => events >= 0);
    const counts = isKnown ? knownCounts(batch, stored) : await this.#count(plan, left);
    const keys = keysWithin(left, counts);
    const rows = await this.#session.copyTo(
      unfinishedCubeFile(this.#dir),
      orderedSql(this.#definition, rowsSql(plan, keys)),
    );
    const noted = new Map(batch.map(({ bucket, events }) => [bucket, events]));
    const stateOf = (bucket: number): BucketState => {
      const expected = (stored.get(bucket)?.events ?? 0) + (noted.get(bucket) ?? 0);
      return isComplete || (counts.get(bucket)?.events ?? 0) >= expected ? 'live' : 'incomplete';
    };
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
        keys.map(bucket => bucketOf(bucket, id, cursorId, counts.get(bucket), stateOf(bucket))),
        now,
      );
    });
    faultPoint('cube:after-change');
    this.#buckets += keys.length;
    this.#incomplete += keys.filter(key => stateOf(key) === 'incomplete').length;
  }

  async #count(plan: BucketPlan, keys: readonly number[]): Promise<Map<number, TouchedBucket>> {
    const sql = withCondition(plan.touched, `${plan.key} in (${keys.join(', ')})`);
    const rows = await rowsOf(await this.#session.query(sql));
    return new Map(rows.map(touchedOf).map(one => [one.bucket, one]));
  }

  /** Has all buckets computed again that are not frozen. */
  #touchAll(): void {
    const live = this.#store.read((db, name) => readAllBuckets(db, name, ['live']));
    touchInParts(this.#store, live, UNKNOWN_EVENTS);
  }

  /** Removes buckets past their age. */
  #keep(): void {
    const { keepMs } = this.#definition;
    if (keepMs === undefined) return;
    this.#store.change((db, name, now) => {
      const key = Math.floor(now - keepMs * 1000);
      dropBucketsBelow(db, name, key, now);
      updateCube(db, name, { keptFrom: key });
    });
  }
}

function hashOf(attributes: readonly Attribute[], views: readonly NamedView[]): string {
  const parts = [attributes.map(({ name, kinds }) => [name, kinds]), views.map(({ name, sql }) => [name, sql])];
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64');
}

/** The first touched buckets that are computed together. */
function batchOf(touched: readonly TouchedBucket[], stored: ReadonlyMap<number, CubeBucket>): TouchedBucket[] {
  let events = 0;
  const batch: TouchedBucket[] = [];
  for (const one of touched) {
    events += Math.max(0, one.events) + (stored.get(one.bucket)?.events ?? 0);
    if (batch.length > 0 && (events > BATCH_EVENTS || batch.length === BATCH_BUCKETS)) break;
    batch.push(one);
  }
  return batch;
}

/** The event count and time range of each touched bucket, with the events that it was computed from before. */
function knownCounts(
  batch: readonly TouchedBucket[],
  stored: ReadonlyMap<number, CubeBucket>,
): Map<number, TouchedBucket> {
  return new Map(
    batch.map(({ bucket, events, timeFrom, timeTo }) => {
      const before = stored.get(bucket) ?? { events: 0, timeFrom, timeTo };
      const from = Math.min(timeFrom, before.timeFrom);
      return [
        bucket,
        { bucket, events: events + before.events, timeFrom: from, timeTo: Math.max(timeTo, before.timeTo) },
      ];
    }),
  );
}

/** The first keys whose events fit one statement, judged by the counted events. */
function keysWithin(keys: readonly number[], counts: ReadonlyMap<number, TouchedBucket>): number[] {
  let events = 0;
  const past = keys.findIndex((key, i) => (events += counts.get(key)?.events ?? 0) > BATCH_EVENTS && i > 0);
  return keys.slice(0, past < 0 ? keys.length : past);
}

function bucketOf(
  bucket: number,
  file: number,
  uptoId: number,
  counted: TouchedBucket | undefined,
  state: BucketState,
): CubeBucket {
  const { events = 0, timeFrom = 0, timeTo = 0 } = counted ?? {};
  return { bucket, file, events, uptoId, timeFrom, timeTo, state };
}
