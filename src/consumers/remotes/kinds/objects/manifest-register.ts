import type { Attribute } from '../../../../core/attribute.js';
import type { StoreIdentity } from '../../../../store/database/store-identity.js';
import { Compaction } from './compaction.js';
import { keyColumns } from './cut.js';
import { exportColumns } from '../../../export/rows.js';
import { Manifest, progressIn, refuseOther } from './manifest.js';
import type { ObjectLayout, ObjectRegister } from './object-register.js';
import type { ObjectStorage } from './object-storage.js';
import type { CutRange, PendingObjects } from './pending-objects.js';

/**
 * Columns that objects add to events. Flat columns with these names, in any case, are left out: the payload has their
 * values.
 */
const OWN_COLUMNS: ReadonlySet<string> = new Set(['store_id', 'epoch', 'day']);

/** The parts of {@link ManifestRegister}. */
export interface ManifestRegisterOf {
  readonly storage: ObjectStorage;
  readonly pending: PendingObjects;
  readonly store: StoreIdentity;
  /** The name of the remote. */
  readonly remote: string;
  /** A folder for the files of a merge. */
  readonly folder: string;
}

/** Registers objects in the manifest of their prefix: an object counts once the manifest names it. */
export class ManifestRegister implements ObjectRegister {
  readonly #of: ManifestRegisterOf;
  readonly #manifest: Manifest;
  readonly #compaction: Compaction;

  private constructor(of: ManifestRegisterOf) {
    this.#of = of;
    this.#manifest = new Manifest(of.storage);
    const { storage, pending, store, folder } = of;
    this.#compaction = new Compaction({ storage, pending, store, folder, manifest: this.#manifest, now: Date.now });
  }

  /** Opens a prefix, creating its manifest if missing. @throws TelemetryError `failure`. */
  static async open(of: ManifestRegisterOf): Promise<ManifestRegister> {
    const register = new ManifestRegister(of);
    await register.#manifest.create();
    refuseOther(await register.#manifest.root(), of, of.storage.description);
    return register;
  }

  get description(): string {
    return `objects in ${this.#of.storage.description}`;
  }

  async lastId(): Promise<number | undefined> {
    return progressIn(await this.#manifest.root(), this.#of.store)?.last_id;
  }

  layout(attributes: readonly Attribute[]): Promise<ObjectLayout> {
    const flat = attributes.filter(({ name }) => !OWN_COLUMNS.has(name.toLowerCase()));
    const columns = [...keyColumns(this.#of.store), ...exportColumns(flat)];
    return Promise.resolve({ columns, keepsKeys: false, prefix: '' });
  }

  async add({ afterId, toId, objects }: CutRange): Promise<void> {
    const { store, remote } = this.#of;
    await this.#manifest.append({ store, remote, afterId, toId, entries: objects.map(({ entry }) => entry) });
  }

  maintain(signal: AbortSignal): Promise<boolean> {
    return this.#compaction.step(signal);
  }

  close(): void {
    // The storage is closed by the connection.
  }
}
