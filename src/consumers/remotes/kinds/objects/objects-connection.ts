import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { TelemetryError } from '../../../../core/errors.js';
import { faultPoint } from '../../../../core/fault-point.js';
import type { StoreIdentity } from '../../../../store/database/store-identity.js';
import type { Batch, RemoteConnection, RemoteContext, SendOutcome } from '../../kind.js';
import { cutObjects } from './cut.js';
import { LayoutChanged, type ObjectRegister } from './object-register.js';
import { ConditionFailed, type ObjectStorage } from './object-storage.js';
import { PendingObjects, type CutObject, type CutRange } from './pending-objects.js';

/**
 * Sends batches as objects: cut, recorded, written, registered, forgotten. After a process is killed between two of
 * these steps, the next one continues from there.
 */
export class ObjectsConnection implements RemoteConnection {
  readonly #storage: ObjectStorage;
  readonly #register: ObjectRegister;
  readonly #pending: PendingObjects;
  readonly #store: StoreIdentity;
  readonly #folder: string;
  readonly #signal: AbortSignal;

  constructor(storage: ObjectStorage, register: ObjectRegister, { remote, store, folder, db, signal }: RemoteContext) {
    this.#storage = storage;
    this.#register = register;
    this.#pending = new PendingObjects(db!, remote.name);
    this.#store = store;
    this.#folder = join(folder, 'cut');
    this.#signal = signal;
  }

  get description(): string {
    return this.#register.description;
  }

  /** The last registered id, after the objects of an earlier process are registered. */
  async position(): Promise<number | undefined> {
    const range = this.#pending.cut();
    if (range) await this.#resume(range);
    return this.#register.lastId();
  }

  async send(batch: Batch): Promise<SendOutcome> {
    const layout = await this.#register.layout(batch.attributes);
    const range = await cutObjects(batch, this.#store, layout, this.#folder);
    faultPoint('objects:cut');
    this.#pending.recordCut(range, Date.now() * 1000);
    faultPoint('objects:recorded');
    await this.#finish(range);
    return { bytes: range.objects.reduce((sum, { entry }) => sum + entry.bytes, 0) };
  }

  maintain(signal: AbortSignal): Promise<boolean> {
    return this.#register.maintain?.(signal) ?? Promise.resolve(false);
  }

  close(): Promise<void> {
    this.#register.close();
    this.#storage.close();
    return Promise.resolve();
  }

  /** Continues with recorded objects, unless they are lost, or belong to the store that this one was copied from. */
  async #resume(range: CutRange): Promise<void> {
    const isOurs = range.objects.every(
      ({ entry }) => entry.store_id === this.#store.id && entry.epoch === this.#store.epoch,
    );
    if (!isOurs || ((await this.#register.lastId()) ?? 0) >= range.toId) this.#forget(range);
    else if (await this.#isComplete(range)) await this.#finish(range);
    else await this.#discard(range);
  }

  /** Writes objects, registers them, and removes their files and records from the store. */
  async #finish(range: CutRange): Promise<void> {
    for (const object of range.objects) {
      await this.#put(object);
      faultPoint('objects:put');
    }
    try {
      await this.#register.add(range);
    } catch (error) {
      if (error instanceof LayoutChanged) await this.#discard(range);
      throw error;
    }
    faultPoint('objects:named');
    this.#forget(range);
    faultPoint('objects:forgotten');
  }

  async #put({ entry, localName }: CutObject): Promise<void> {
    const { file, bytes, sha256 } = entry;
    const path = join(this.#folder, localName);
    // An earlier process may have sent it.
    if ((await this.#storage.size(file)) === bytes) return;
    try {
      await this.#storage.putFile(file, { path, bytes, sha256 }, this.#signal);
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error;
      if ((await this.#storage.size(file)) === bytes) return;
      throw new TelemetryError('failure', `${this.#storage.urlOf(file)} is there already, with other content`, {
        cause: error,
      });
    }
  }

  /** Removes objects that were never registered, from the remote and from the store. */
  async #discard(range: CutRange): Promise<void> {
    await this.#storage.delete(range.objects.map(({ entry }) => entry.file));
    this.#forget(range);
  }

  #forget({ objects }: CutRange): void {
    for (const { localName } of objects) rmSync(join(this.#folder, localName), { force: true });
    this.#pending.forget(objects.map(({ entry }) => entry.file));
  }

  /** True while each object is complete, in the store or in the remote. */
  async #isComplete({ objects }: CutRange): Promise<boolean> {
    for (const { entry, localName } of objects) {
      const local = statSync(join(this.#folder, localName), { throwIfNoEntry: false })?.size;
      if (local !== entry.bytes && (await this.#storage.size(entry.file)) !== entry.bytes) return false;
    }
    return true;
  }
}
