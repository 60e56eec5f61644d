import type { Attribute } from '../../../../core/attribute.js';
import type { ExportColumn } from '../../../export/request.js';
import type { CutRange } from './pending-objects.js';

/** The columns of objects, and the prefix of their keys. */
export interface ObjectLayout {
  readonly columns: readonly ExportColumn[];
  /** True when the partition keys are columns of the files as well. */
  readonly keepsKeys: boolean;
  /** The prefix of their keys: empty, or with `/` at its end. */
  readonly prefix: string;
}

/** The record of the objects that count: a manifest, or the catalog of a lake. Each change is atomic. */
export interface ObjectRegister {
  /** For `remote test`. */
  readonly description: string;
  /** The last id of the store whose events are in objects that count; undefined without any. */
  lastId(): Promise<number | undefined>;
  /** The layout for the objects of the next batch. */
  layout(attributes: readonly Attribute[]): Promise<ObjectLayout>;
  /**
   * Registers all objects of a range atomically. Does nothing when they are registered already.
   * @throws LayoutChanged when their columns no longer fit.
   */
  add(range: CutRange): Promise<void>;
  /** See `RemoteConnection.maintain`. */
  maintain?(signal: AbortSignal): Promise<boolean>;
  close(): void;
}

/** Another writer has changed the table that objects were written for. They are written again. */
export class LayoutChanged extends Error {
  override readonly name = 'LayoutChanged';
}
