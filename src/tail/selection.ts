import { attributeType, CORE_COLUMNS, type Attribute, type AttributeType } from '../core/attribute.js';
import { TelemetryError } from '../core/errors.js';
import { bindPredicate, type ColumnTypes, eventsWith, type MissingColumn } from '../query/predicate.js';
import type { Session } from '../query/session.js';
import { quoteName } from '../sql/text.js';

/** What a tail shows of which events. */
export interface Wanted {
  readonly columns: readonly string[];
  /** An SQL condition over events. */
  readonly filter: string | undefined;
}

/** What is wanted, bound to the columns that there are. */
export interface Selection {
  /** The attributes that it was bound to; when the session's are others, bind anew. */
  readonly attributes: readonly Attribute[];
  /** `from ... where ...` */
  readonly from: string;
  /** The whole query over the journal: the id, then the columns wanted. */
  readonly sql: string;
  /** The same, sorted by the ids. */
  readonly sortedSql: string;
  /** Whether the journal's rows come in the order of their ids without being sorted, while the query still runs. */
  readonly streams: boolean;
  readonly missing: readonly MissingColumn[];
  /** Columns that are read with another type than they now have, so that the filter still binds. */
  readonly typed: ColumnTypes;
}

/** What a column that appears in the middle of a tail is read as when the filter does not bind to what it is. */
const TYPES_TO_TRY: readonly AttributeType[] = ['DOUBLE', 'VARCHAR', 'BOOLEAN'];

/** Binds what is wanted. @throws TelemetryError `sql` when the filter does not bind. */
export async function select(session: Session, wanted: Wanted, typed: ColumnTypes = new Map()): Promise<Selection> {
  const filter =
    wanted.filter === undefined ? undefined : await bindPredicate(session, wanted.filter, '--filter', typed);
  const { attributes } = session;
  const known = new Set(
    [...CORE_COLUMNS, ...attributes.map(({ name }) => name), ...(filter?.missing ?? []).map(({ name }) => name)].map(
      name => name.toLowerCase(),
    ),
  );
  const unknown = [...new Set(wanted.columns)].filter(name => !known.has(name.toLowerCase()));
  const missing = [...(filter?.missing ?? []), ...unknown.map(name => ({ name, near: undefined }))];
  const source = eventsWith(
    missing.map(({ name }) => name),
    typed,
  );
  const from = `from ${source} where ${filter?.sql ?? 'true'}`;
  // Only a condition with a subquery can make DuckDB give events in another order than the journal's.
  const streams = !/\bselect\b/i.test(wanted.filter ?? '');
  const list = ['id', ...wanted.columns].map(quoteName).join(', ');
  const sql = `select ${list} ${from}`;
  return { attributes, from, sql, sortedSql: `${sql} order by id`, streams, missing, typed };
}

/**
 * Binds anew after columns have changed. Where the filter no longer binds because one event had a value of another
 * type (`timeElapsed > 1000` after `"timeElapsed":"slow"`), the column is read with the type that it had, or one that
 * binds if it is new.
 * @throws TelemetryError `sql` when nothing binds.
 */
export async function selectAgain(session: Session, wanted: Wanted, before: Selection): Promise<Selection> {
  try {
    return await select(session, wanted, before.typed);
  } catch (error) {
    if (!(error instanceof TelemetryError) || error.kind !== 'sql') throw error;
    for (const type of TYPES_TO_TRY) {
      const typed = typesOf(session.attributes, before, type);
      const again = await select(session, wanted, typed).catch((thrown: unknown) => {
        if (thrown instanceof TelemetryError && thrown.kind === 'sql') return undefined;
        throw thrown;
      });
      if (again) return again;
    }
    throw error;
  }
}

/** The types to keep reading changed columns with; `type` for those that were missing. */
function typesOf(attributes: readonly Attribute[], before: Selection, type: AttributeType): ColumnTypes {
  const earlier = new Map(before.attributes.map(({ name, kinds }) => [name.toLowerCase(), attributeType(kinds)]));
  const missing = new Set(before.missing.map(({ name }) => name.toLowerCase()));
  const typed = new Map(before.typed);
  for (const { name, kinds } of attributes) {
    const had = missing.has(name.toLowerCase()) ? type : earlier.get(name.toLowerCase());
    if (had !== undefined && had !== attributeType(kinds) && !typed.has(name)) typed.set(name, had);
  }
  return typed;
}
