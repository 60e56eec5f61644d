import type { Attribute } from '../../../../core/attribute.js';
import { TelemetryError } from '../../../../core/errors.js';
import { faultPoint } from '../../../../core/fault-point.js';
import type { StoreIdentity } from '../../../../store/database/store-identity.js';
import { LayoutChanged, type ObjectLayout, type ObjectRegister } from '../objects/object-register.js';
import type { ObjectStorage } from '../objects/object-storage.js';
import type { CutRange } from '../objects/pending-objects.js';
import type { Lake } from './lake.js';
import { addColumns, addFile, columnsIn, createTables, objectColumns, readCursor, writeCursor } from './lake-table.js';

/** The parts of {@link LakeRegister}. */
export interface LakeRegisterOf {
  readonly lake: Lake;
  readonly storage: ObjectStorage;
  readonly table: string;
  readonly store: StoreIdentity;
  /** The name of the remote. */
  readonly remote: string;
}

/** Registers objects in a table of a lake: its files, columns and cursor change in one transaction. */
export class LakeRegister implements ObjectRegister {
  readonly #of: LakeRegisterOf;

  private constructor(of: LakeRegisterOf) {
    this.#of = of;
  }

  /** Opens a table, creating it if missing. @throws TelemetryError `failure`. */
  static async open(of: LakeRegisterOf): Promise<LakeRegister> {
    const { lake, table, store, remote } = of;
    await lake.inTransaction(async attached => {
      await createTables(attached, table);
      const writer = (await readCursor(attached, table, store))?.remote ?? remote;
      if (writer.toLowerCase() === remote.toLowerCase()) return;
      throw new TelemetryError('failure', `the table ${table} has events of this store from its remote ${writer}`, {
        remedy: `Give ${remote} another --table.`,
      });
    });
    return new LakeRegister(of);
  }

  get description(): string {
    const { lake, table, storage } = this.#of;
    return `${lake.description}, table ${table}, data in ${storage.description}`;
  }

  lastId(): Promise<number | undefined> {
    const { lake, table, store } = this.#of;
    return lake.inTransaction(async attached => (await readCursor(attached, table, store))?.lastId);
  }

  async layout(attributes: readonly Attribute[]): Promise<ObjectLayout> {
    const { lake, table, store } = this.#of;
    const columns = await lake.inTransaction(attached => columnsIn(attached, table));
    const prefix = `${encodeURIComponent(table)}/`;
    return { columns: objectColumns(attributes, columns, store), keepsKeys: true, prefix };
  }

  add({ afterId, toId, objects }: CutRange): Promise<void> {
    const { lake, table, store, storage, remote } = this.#of;
    return lake.inTransaction(async attached => {
      const lastId = (await readCursor(attached, table, store))?.lastId ?? 0;
      if (lastId >= toId) return;
      if (lastId > afterId) {
        throw new TelemetryError('failure', `the table ${table} has the events up to ${lastId}, but not to ${toId}`);
      }
      for (const { entry } of objects) {
        const url = storage.urlOf(entry.file);
        const other = await addColumns(attached, table, url);
        if (other !== undefined) throw new LayoutChanged(`the column ${other} of the table ${table} has changed`);
        await addFile(attached, table, url);
      }
      faultPoint('lake:added');
      await writeCursor(attached, table, store, { remote, lastId: toId });
    });
  }

  close(): void {
    this.#of.lake.close();
  }
}
