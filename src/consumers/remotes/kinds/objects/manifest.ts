import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { TelemetryError } from '../../../../core/errors.js';
import type { StoreIdentity } from '../../../../store/database/store-identity.js';
import { EMPTY_ROOT, pageBytes, PAGES, parsePage, parseRoot, ROOT_KEY, rootBytes } from './manifest-format.js';
import type { ManifestRoot, ObjectEntry, PageEntry, StoreProgress } from './manifest-format.js';
import { ConditionFailed, type ObjectStorage } from './object-storage.js';

/** Maximum number of entries in the root; more move to a page. An append so writes some tens of kilobytes. */
const ROOT_ENTRIES = 128;

/** Maximum number of attempts to change the root while other stores change it. */
const MAX_TRIES = 50;

/** Longest wait before the next try, in milliseconds. */
const MAX_WAIT_MS = 500;

/** Objects to name in the manifest: all events for the remote with ids `(afterId, toId]` of a store. */
export interface NewObjects {
  readonly store: StoreIdentity;
  /** The remote that writes them. */
  readonly remote: string;
  readonly afterId: number;
  readonly toId: number;
  readonly entries: readonly ObjectEntry[];
}

/** Objects of a merge, and the object that replaces them. */
export interface Replacement {
  /** Files of the objects to replace, all of one store. */
  readonly files: ReadonlySet<string>;
  readonly by: ObjectEntry;
  /** ISO 8601. */
  readonly at: string;
}

interface Version {
  readonly root: ManifestRoot;
  readonly etag: string;
}

/** The manifest of a prefix: the list of objects that count. Several stores may change it concurrently. */
export class Manifest {
  readonly #storage: ObjectStorage;

  constructor(storage: ObjectStorage) {
    this.#storage = storage;
  }

  /**
   * Creates the manifest if it does not exist.
   * @throws TelemetryError `failure` for a prefix with another manifest, or a gateway that ignores conditions.
   */
  async create(): Promise<void> {
    if (await this.#read()) return;
    const content = rootBytes(EMPTY_ROOT);
    try {
      await this.#storage.put(ROOT_KEY, content, { ifAbsent: true });
    } catch (error) {
      if (error instanceof ConditionFailed) return;
      throw error;
    }
    if (await writes(() => this.#storage.put(ROOT_KEY, content, { ifAbsent: true }))) throw this.#unconditional();
  }

  /** The root; that of an empty prefix if it does not exist. */
  async root(): Promise<ManifestRoot> {
    return (await this.#read())?.root ?? EMPTY_ROOT;
  }

  /** All entries of a root. */
  async entries({ pages, objects }: ManifestRoot): Promise<ObjectEntry[]> {
    const all: ObjectEntry[] = [];
    for (const page of pages) all.push(...(await this.#page(page)));
    return [...all, ...objects];
  }

  /** Adds all objects of a range in one write. Does nothing when the manifest has them already. */
  async append(added: NewObjects): Promise<void> {
    await this.#change(async root => {
      const last = progressIn(root, added.store)?.last_id;
      refuseOther(root, added, this.#storage.description);
      if (last !== undefined && last >= added.toId) return undefined;
      if (last !== undefined && last > added.afterId) {
        throw new TelemetryError(
          'failure',
          `${this.#storage.description} has the events up to ${last}, and not a part of those up to ${added.toId}`,
        );
      }
      const events = added.entries.reduce((sum, entry) => sum + entry.events, 0);
      const before = progressIn(root, added.store);
      const progress: StoreProgress = {
        store_id: added.store.id,
        epoch: added.store.epoch,
        remote: added.remote,
        last_id: added.toId,
        events: (before?.events ?? 0) + events,
      };
      const stores = [...root.stores.filter(other => other !== before), progress];
      return this.#spilled({ ...root, stores, objects: [...root.objects, ...added.entries] });
    });
  }

  /**
   * Replaces objects by one, in one write.
   * @returns false when the manifest no longer has all of the old ones; it is then unchanged.
   */
  async replace({ files, by, at }: Replacement): Promise<boolean> {
    // A gateway may have accepted a write whose response was lost.
    let isNamed = false;
    const hasChanged = await this.#change(async root => {
      isNamed = (await this.entries(root)).some(({ file }) => file === by.file);
      if (isNamed) return undefined;
      const left = new Set(files);
      const keep = (entries: readonly ObjectEntry[]): ObjectEntry[] => entries.filter(({ file }) => !left.delete(file));
      const pages: PageEntry[] = [];
      const gone: string[] = [];
      for (const page of root.pages) {
        const entries = await this.#page(page);
        const kept = keep(entries);
        if (kept.length === entries.length) pages.push(page);
        else {
          gone.push(page.file);
          if (kept.length > 0) pages.push(await this.#writePage(kept));
        }
      }
      const objects = [...keep(root.objects), by];
      if (left.size > 0) return undefined;
      const replaced = [...root.replaced, ...[...files, ...gone].map(file => ({ file, replaced_at: at }))];
      return this.#spilled({ ...root, pages, objects, replaced });
    });
    return hasChanged || isNamed;
  }

  /** Deletes files that were replaced before an instant (ISO 8601). Returns their number. */
  async deleteReplaced(before: string): Promise<number> {
    const isDue = ({ replaced_at }: { readonly replaced_at: string }): boolean => replaced_at < before;
    const due = (await this.root()).replaced.filter(isDue);
    if (due.length === 0) return 0;
    await this.#storage.delete(due.map(({ file }) => file));
    const files = new Set(due.map(({ file }) => file));
    await this.#change(root => {
      const replaced = root.replaced.filter(({ file }) => !files.has(file));
      return Promise.resolve(replaced.length === root.replaced.length ? undefined : { ...root, replaced });
    });
    return due.length;
  }

  /**
   * Changes the root. `change` runs again when another store has changed the root in between, and returns undefined to
   * leave the root unchanged. Resolves to true when the root has changed.
   */
  async #change(change: (root: ManifestRoot) => Promise<ManifestRoot | undefined>): Promise<boolean> {
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const now = await this.#read();
      if (!now) throw new TelemetryError('failure', `${ROOT_KEY} has gone from ${this.#storage.description}`);
      const next = await change(now.root);
      if (!next) return false;
      const content = rootBytes({ ...next, sequence: now.root.sequence + 1 });
      if (await writes(() => this.#storage.put(ROOT_KEY, content, { ifMatch: now.etag }))) return true;
      await sleep(Math.random() * MAX_WAIT_MS);
    }
    throw new TelemetryError('failure', `other stores keep changing ${ROOT_KEY} in ${this.#storage.description}`);
  }

  /** Moves the entries of a root to a page when there are too many. */
  async #spilled(root: ManifestRoot): Promise<ManifestRoot> {
    if (root.objects.length <= ROOT_ENTRIES) return root;
    return { ...root, pages: [...root.pages, await this.#writePage(root.objects)], objects: [] };
  }

  /** Writes a page. It is named by its content, so that a repeated write changes nothing. */
  async #writePage(entries: readonly ObjectEntry[]): Promise<PageEntry> {
    const content = pageBytes(entries);
    const file = `${PAGES}${createHash('sha256').update(content).digest('hex').slice(0, 32)}.ndjson`;
    await writes(() => this.#storage.put(file, content, { ifAbsent: true }));
    const sum = (key: 'events' | 'bytes'): number => entries.reduce((total, entry) => total + entry[key], 0);
    return { file, objects: entries.length, events: sum('events'), bytes: sum('bytes') };
  }

  async #page({ file }: PageEntry): Promise<ObjectEntry[]> {
    const page = await this.#storage.get(file);
    if (!page) throw new TelemetryError('failure', `${file} has gone from ${this.#storage.description}`);
    return parsePage(page.content);
  }

  async #read(): Promise<Version | undefined> {
    const read = await this.#storage.get(ROOT_KEY);
    return read && { root: parseRoot(read.content, this.#storage.description), etag: read.etag };
  }

  #unconditional(): TelemetryError {
    return new TelemetryError('failure', `${this.#storage.description} ignores the header If-None-Match`, {
      remedy: 'Use a gateway with conditional writes: without them two writers overwrite each other.',
    });
  }
}

/** The progress of a store; undefined when the prefix has no events of the store. */
export function progressIn({ stores }: ManifestRoot, { id, epoch }: StoreIdentity): StoreProgress | undefined {
  return stores.find(other => other.store_id === id && other.epoch === epoch);
}

/**
 * @throws TelemetryError `failure` when another remote of the store writes to the prefix: it may leave out other
 * events.
 */
export function refuseOther(
  root: ManifestRoot,
  { store, remote }: Pick<NewObjects, 'store' | 'remote'>,
  place: string,
): void {
  const writer = progressIn(root, store)?.remote ?? remote;
  if (writer.toLowerCase() === remote.toLowerCase()) return;
  throw new TelemetryError('failure', `${place} has events of this store from its remote ${writer}`, {
    remedy: `Give ${remote} another prefix.`,
  });
}

/** Returns false when a conditional write did not happen. */
async function writes(write: () => Promise<void>): Promise<boolean> {
  try {
    await write();
    return true;
  } catch (error) {
    if (error instanceof ConditionFailed) return false;
    throw error;
  }
}
