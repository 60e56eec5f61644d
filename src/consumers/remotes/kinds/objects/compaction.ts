import { mkdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { TelemetryError } from '../../../../core/errors.js';
import { faultPoint } from '../../../../core/fault-point.js';
import { openEngine } from '../../../../query/sandbox/engine.js';
import { copyRows } from '../../../../query/statement/copy-rows.js';
import { checksumOf, syncPath } from '../../../../store/archive/files.js';
import { parquetOptions } from '../../../../store/archive/formats/parquet/options.js';
import type { StoreIdentity } from '../../../../store/database/store-identity.js';
import { quoteText } from '../../../../store/sql/text.js';
import { keyOf } from './cut.js';
import type { Manifest } from './manifest.js';
import type { ManifestRoot, ObjectEntry } from './manifest-format.js';
import type { ObjectStorage } from './object-storage.js';
import type { PendingObjects } from './pending-objects.js';

/** Objects smaller than this, in bytes, are merged. */
const SMALL_BYTES = 32 * 1024 * 1024;

/** Minimum and maximum number of objects of a day and type in one merge. */
const MIN_OBJECTS = 8;
const MAX_OBJECTS = 64;

/** Time until a replaced object is deleted, in milliseconds: a query may still read it. */
const GRACE_MS = 24 * 3_600_000;

/** DuckDB's memory limit in bytes. */
const MEMORY = 192 * 1024 * 1024;

/** Estimates of columns and bytes per event, for the size of row groups: see {@link parquetOptions}. */
const FLAT_COLUMNS = 100;
const EVENT_BYTES = 1024;
const SHARE = 0.1;

/** The parts of {@link Compaction}. */
export interface CompactionOf {
  readonly storage: ObjectStorage;
  readonly manifest: Manifest;
  readonly pending: PendingObjects;
  readonly store: StoreIdentity;
  /** A folder for the files of a merge. */
  readonly folder: string;
  /** The present, in milliseconds since 1970. */
  readonly now: () => number;
  readonly graceMs?: number;
}

/**
 * Merges small objects of one store, day and type, and deletes replaced ones. A process that is killed leaves either
 * the small objects or the merged one in the manifest, never both.
 */
export class Compaction {
  readonly #of: CompactionOf;
  /** The sequence of the root that needed no merge. */
  #quietAt: number | undefined;

  constructor(of: CompactionOf) {
    this.#of = of;
  }

  /** Does one step; returns true when there may be more to do. */
  async step(signal: AbortSignal): Promise<boolean> {
    const { manifest, now, graceMs = GRACE_MS } = this.#of;
    await this.#removeUnnamed();
    await manifest.deleteReplaced(new Date(now() - graceMs).toISOString());
    const root = await manifest.root();
    if (root.sequence === this.#quietAt) return false;
    const group = await this.#nextGroup(root);
    if (!group) {
      this.#quietAt = root.sequence;
      return false;
    }
    await this.#merge(group, signal);
    return true;
  }

  /** Deletes merged objects of an earlier process that no manifest names. */
  async #removeUnnamed(): Promise<void> {
    const { storage, manifest, pending } = this.#of;
    const merged = pending.merged();
    if (merged.length === 0) return;
    const named = new Set((await manifest.entries(await manifest.root())).map(({ file }) => file));
    await storage.delete(merged.map(({ file }) => file).filter(file => !named.has(file)));
    pending.forget(merged.map(({ file }) => file));
  }

  /** The small objects to merge next: of one day and type, none larger than the others combined. */
  async #nextGroup(root: ManifestRoot): Promise<ObjectEntry[] | undefined> {
    const { id, epoch } = this.#of.store;
    const groups = new Map<string, ObjectEntry[]>();
    for (const entry of await this.#of.manifest.entries(root)) {
      if (entry.store_id !== id || entry.epoch !== epoch || entry.bytes >= SMALL_BYTES) continue;
      const key = JSON.stringify([entry.day, entry.type]);
      const group = groups.get(key);
      if (group) group.push(entry);
      else groups.set(key, [entry]);
    }
    return [...groups.values()].map(worthwhile).find(group => group !== undefined);
  }

  async #merge(group: readonly ObjectEntry[], signal: AbortSignal): Promise<void> {
    const { storage, manifest, pending, folder, now } = this.#of;
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    try {
      const path = join(folder, 'merged.parquet');
      const entry = await this.#write(group, path, signal);
      pending.recordMerged(entry, now() * 1000);
      faultPoint('objects:merged');
      await storage.putFile(entry.file, { path, bytes: entry.bytes, sha256: entry.sha256 }, signal);
      faultPoint('objects:merged-put');
      const files = new Set(group.map(({ file }) => file));
      const isNamed = await manifest.replace({ files, by: entry, at: new Date(now()).toISOString() });
      faultPoint('objects:replaced');
      if (!isNamed) await storage.delete([entry.file]);
      pending.forget([entry.file]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  /** Writes the events of objects to one file. Returns its entry. */
  async #write(group: readonly ObjectEntry[], path: string, signal: AbortSignal): Promise<ObjectEntry> {
    const files: string[] = [];
    for (const [i, { file, sha256 }] of group.entries()) {
      const local = join(this.#of.folder, `${i}.parquet`);
      await this.#of.storage.download(file, local, signal);
      if ((await checksumOf(local)) !== sha256) {
        throw new TelemetryError('failure', `${this.#of.storage.urlOf(file)} is damaged: its hash is another one`);
      }
      files.push(local);
    }
    const events = group.reduce((sum, entry) => sum + entry.events, 0);
    const written = await writeMerged(files, path, events);
    if (written !== events) throw new TelemetryError('failure', `${written} of ${events} events were merged`);
    const sha256 = await checksumOf(path);
    const [first] = group as [ObjectEntry, ...ObjectEntry[]];
    const merged = {
      ...first,
      first_id: Math.min(...group.map(({ first_id }) => first_id)),
      last_id: Math.max(...group.map(({ last_id }) => last_id)),
      events,
      bytes: statSync(path).size,
      sha256,
      min_time: group.map(({ min_time }) => min_time).sort()[0]!,
      max_time: group
        .map(({ max_time }) => max_time)
        .sort()
        .at(-1)!,
    };
    return { ...merged, file: keyOf(first.file.slice(0, first.file.lastIndexOf('/')), merged) };
  }
}

/** The objects of a group that are worth a merge; undefined for too few. */
function worthwhile(group: readonly ObjectEntry[]): ObjectEntry[] | undefined {
  const bySize = [...group].sort((a, b) => b.bytes - a.bytes);
  let sum = bySize.reduce((total, { bytes }) => total + bytes, 0);
  while (bySize.length >= MIN_OBJECTS && bySize[0]!.bytes > sum / 2) sum -= bySize.shift()!.bytes;
  if (bySize.length < MIN_OBJECTS) return undefined;
  return bySize.sort((a, b) => a.first_id - b.first_id).slice(0, MAX_OBJECTS);
}

async function writeMerged(files: readonly string[], path: string, events: number): Promise<number> {
  const engine = await openEngine(MEMORY);
  try {
    const list = files.map(quoteText).join(', ');
    const rows = `select * from read_parquet([${list}], union_by_name = true, hive_partitioning = false)`;
    const parquet = parquetOptions(FLAT_COLUMNS, [{ events, bytes: events * EVENT_BYTES }], SHARE);
    const written = await copyRows(engine.connection, path, rows, { parquet });
    syncPath(path);
    return written;
  } finally {
    engine.close();
  }
}
