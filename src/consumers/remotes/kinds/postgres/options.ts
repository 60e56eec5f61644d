import { TelemetryError } from '../../../../core/errors.js';
import type { Remote } from '../../remote.js';

/** The table that events go to, and the role that reads it. */
export interface PostgresOptions {
  /** Undefined for the first schema of PostgreSQL's search path. */
  readonly schema: string | undefined;
  readonly table: string;
  /** The role that {@link RemoteKind.read} logs in as; undefined for the role of the URL. */
  readonly reader: string | undefined;
}

/** The names of the options of a remote. */
export const OPTION_NAMES = ['table', 'reader'] as const;

const DEFAULT_TABLE = 'events';

/** Maximum bytes of a table's name: NAMEDATALEN - 1, less the suffix of a partition. */
const MAX_TABLE_BYTES = 63 - '_20261129'.length;

/** Maximum bytes of a role's name (NAMEDATALEN - 1). */
const MAX_ROLE_BYTES = 63;

/** Reads the options of a remote. @throws TelemetryError `usage` for a name that PostgreSQL does not accept. */
export function optionsOf({ definition, url }: Remote): PostgresOptions {
  const { table: name = DEFAULT_TABLE, reader } = definition.options;
  const parts = name.split('.');
  const table = parts.at(-1)!;
  const schema = parts.length > 1 ? parts[0] : undefined;
  if (parts.length > 2 || parts.includes('') || name.includes('\0') || Buffer.byteLength(table) > MAX_TABLE_BYTES) {
    throw new TelemetryError('usage', `not the name of a table: ${name}`, {
      remedy: `Write TABLE or SCHEMA.TABLE, with at most ${MAX_TABLE_BYTES} bytes for the table.`,
    });
  }
  if (reader !== undefined && (reader === '' || Buffer.byteLength(reader) > MAX_ROLE_BYTES || reader.includes('\0'))) {
    throw new TelemetryError('usage', `not the name of a role: ${reader}`);
  }
  if (url.pathname === '' || url.pathname === '/') {
    throw new TelemetryError('usage', 'the URL names no database', {
      remedy: 'Write postgres://USER@HOST:5432/DATABASE.',
    });
  }
  return { schema, table, reader };
}
