import type { DuckDBConnection } from '@duckdb/node-api';
import type { JournalReader } from '../../store/journal/reader.js';
import type { ChangeObjects } from '../named-views/named-views.js';
import type { SealedDatabase } from '../sandbox/sealed-database.js';
import type { Range } from './range.js';
import type { OnDamaged } from './segment-health.js';

/** The options of a live view. */
export interface ViewOptions {
  /** The store's directory. */
  readonly dir: string;
  readonly reader: JournalReader;
  readonly connection: DuckDBConnection;
  readonly database: SealedDatabase;
  /** See CubeTablesParts in cube-tables.ts. */
  readonly inZone: (timezone: string) => DuckDBConnection | undefined;
  readonly range: Range;
  readonly onDamaged?: OnDamaged | undefined;
  /** False leaves `payload` NULL where an event is rebuilt from columns. Default true. */
  readonly rebuildsPayload?: boolean | undefined;
  /** Changes the stored objects that statements see. */
  readonly objects?: ChangeObjects | undefined;
}
