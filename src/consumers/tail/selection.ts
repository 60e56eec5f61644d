import { attributeType, CORE_COLUMNS, type Attribute, type AttributeType } from '../../core/attribute.js';
import { documentedAttribute } from '../../core/documented-attributes.js';
import { messageOf, TelemetryError } from '../../core/errors.js';
import {
  bindPredicate,
  type ColumnTypes,
  eventsWith,
  type MissingColumn,
  type Predicate,
} from '../../query/predicate.js';
import type { Session } from '../../query/session.js';
import { quoteName } from '../../store/sql/text.js';

/** The events that a tail shows, and their columns. */
export interface Wanted {
  readonly columns: readonly string[];
  /** An SQL condition over events. */
  readonly filter: string | undefined;
  /** More conditions, each of which an event has to meet. */
  readonly conditions?: readonly Condition[];
  /** Events to show before and after each one that meets the conditions. Default 0. */
  readonly context?: number;
}

/** An SQL condition over events, and the option that asks for it, for errors. */
export interface Condition {
  readonly option: string;
  readonly sql: string;
  /** A regular expression in the SQL, as the user gave it: the only part that may be wrong. */
  readonly pattern?: string;
}

/** The request, bound to the existing columns. */
export interface Selection {
  /** The attributes that it was bound to; bind again when those of the session differ. */
  readonly attributes: readonly Attribute[];
  /** `from ... where ...` */
  readonly from: string;
  /**
   * The whole query over the journal: the id, then the columns wanted. With a context it returns all events, and a last
   * column: true for one that meets the conditions.
   */
  readonly sql: string;
  /** The same, sorted by the ids. */
  readonly sortedSql: string;
  /** True when the rows of the journal arrive in id order without sorting, while the query still runs. */
  readonly streams: boolean;
  readonly missing: readonly MissingColumn[];
  /** Columns that are read with another type than they now have, so that the filter still binds. */
  readonly typed: ColumnTypes;
  readonly leniency: Leniency;
  /** The reason why the filter is not computed strictly; undefined while it is `strict`. */
  readonly trouble: TelemetryError | undefined;
}

/**
 * The treatment of filter errors: `strict` fails, `lenient` treats an event with an error as not matching, `never`
 * matches no event.
 */
export type Leniency = 'strict' | 'lenient' | 'never';

/** Types to try for a column that appears during a tail when the filter does not bind to its real type. */
const TYPES_TO_TRY: readonly AttributeType[] = ['DOUBLE', 'VARCHAR', 'BOOLEAN'];

/** The last column of a query with a context. No attribute of this name is wanted. */
const MATCH_COLUMN = 'is a match of the tail';

/** Binds what is wanted. @throws TelemetryError `sql` when a condition does not bind. */
export async function select(session: Session, wanted: Wanted, typed: ColumnTypes = new Map()): Promise<Selection> {
  return selectHow(session, wanted, typed, 'strict', undefined);
}

async function selectHow(
  session: Session,
  wanted: Wanted,
  typed: ColumnTypes,
  how: Leniency,
  trouble: TelemetryError | undefined,
): Promise<Selection> {
  const conditions: readonly Condition[] = [
    ...(wanted.filter === undefined ? [] : [{ option: '--filter', sql: wanted.filter }]),
    ...(wanted.conditions ?? []),
  ];
  const bound: Predicate[] = [];
  for (const condition of how === 'never' ? [] : conditions) bound.push(await bindCondition(session, condition, typed));
  const { attributes } = session;
  const absent = new Map(bound.flatMap(({ missing }) => missing.map(column => [column.name.toLowerCase(), column])));
  const known = new Set([
    ...[...CORE_COLUMNS, ...attributes.map(({ name }) => name)].map(name => name.toLowerCase()),
    ...absent.keys(),
  ]);
  const unknown = [...new Set(wanted.columns)].filter(name => !known.has(name.toLowerCase()));
  const missing = [...absent.values(), ...unknown.map(name => ({ name, near: undefined }))];
  const source = eventsWith(
    missing.map(({ name }) => name),
    typed,
  );
  const tests = bound.map(({ sql }) => (how === 'lenient' ? `try${sql}` : sql));
  const where = how === 'never' ? 'false' : tests.length === 0 ? 'true' : tests.join(' and ');
  const from = `from ${source} where ${where}`;
  // Only a condition with a subquery can make DuckDB give events in another order than the journal's.
  const streams = !conditions.some(({ sql }) => /\bselect\b/i.test(sql));
  const list = ['id', ...wanted.columns].map(quoteName).join(', ');
  const sql =
    (wanted.context ?? 0) > 0
      ? `select ${list}, coalesce(${where}, false) as ${quoteName(MATCH_COLUMN)} from ${source}`
      : `select ${list} ${from}`;
  return { attributes, from, sql, sortedSql: `${sql} order by id`, streams, missing, typed, leniency: how, trouble };
}

/** @throws TelemetryError `sql` when the condition does not bind, `usage` for a pattern that is not valid. */
async function bindCondition(session: Session, condition: Condition, typed: ColumnTypes): Promise<Predicate> {
  const { option, sql, pattern } = condition;
  try {
    return await bindPredicate(session, sql, option, typed);
  } catch (error) {
    const reason = pattern === undefined ? undefined : PATTERN_ERROR.exec(messageOf(error))?.[1];
    if (reason === undefined) throw error;
    throw new TelemetryError('usage', `${option}: "${pattern}" is not a regular expression: ${reason}`, {
      remedy:
        'Put a backslash before a special character that is meant as itself, as in \\[ or \\(. The syntax is RE2.',
      cause: error,
    });
  }
}

/** DuckDB's error of a regular expression that RE2 cannot read. */
const PATTERN_ERROR = /Invalid Input Error: (.*)/;

/**
 * Binds what is wanted once more, after columns have changed or the store was replaced. Where the filter no longer binds
 * because one event had a value of another type (`timeElapsed > 1000` after `"timeElapsed":"slow"`), the column is read
 * with the type that it had, or one that binds if it is new. Where nothing binds, no event matches.
 */
export async function selectAgain(session: Session, wanted: Wanted, before: Selection): Promise<Selection> {
  const { trouble } = before;
  const how = trouble ? 'lenient' : 'strict';
  const first = await attempt(() => selectHow(session, wanted, before.typed, how, trouble));
  if (!(first instanceof TelemetryError)) return first;
  for (const typed of typesToTry(session.attributes, before)) {
    const again = await attempt(() => selectHow(session, wanted, typed, how, trouble));
    if (!(again instanceof TelemetryError)) return again;
  }
  return selectHow(session, wanted, before.typed, 'never', first);
}

/**
 * Binds the request so that an event does not match when its filter fails.
 * @param trouble the error of the filter.
 */
export async function selectLeniently(
  session: Session,
  wanted: Wanted,
  before: Selection,
  trouble: TelemetryError,
): Promise<Selection> {
  if (before.leniency !== 'strict') return selectHow(session, wanted, before.typed, 'never', trouble);
  const lenient = await attempt(async () => {
    const selection = await selectHow(session, wanted, before.typed, 'lenient', trouble);
    // DuckDB's TRY takes no subquery and no random().
    await session.check(selection.sql);
    return selection;
  });
  return lenient instanceof TelemetryError ? selectHow(session, wanted, before.typed, 'never', trouble) : lenient;
}

/** Returns the result of the work, or the SQL error that it throws. */
async function attempt(work: () => Promise<Selection>): Promise<Selection | TelemetryError> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof TelemetryError && error.kind === 'sql') return error;
    throw error;
  }
}

/** With more new columns than these, all of them are tried with one type at a time. */
const MAX_COMBINED = 3;

/** The types to try to read changed columns with: those that they had; for those that were missing, each that may bind. */
function* typesToTry(attributes: readonly Attribute[], before: Selection): Generator<ColumnTypes> {
  const earlier = new Map(before.attributes.map(({ name, kinds }) => [name.toLowerCase(), attributeType(kinds)]));
  const missing = new Set(before.missing.map(({ name }) => name.toLowerCase()));
  const typed = new Map(before.typed);
  const open: Attribute[] = [];
  for (const attribute of attributes) {
    const name = attribute.name.toLowerCase();
    const had = earlier.get(name) ?? documentedType(name);
    if (typed.has(attribute.name)) continue;
    if (missing.has(name)) open.push(attribute);
    else if (had !== undefined && had !== attributeType(attribute.kinds)) typed.set(attribute.name, had);
  }
  for (const types of combinations(open.length)) {
    const changed = open.flatMap(({ name, kinds }, i) => {
      const type = types[i]!;
      return type === attributeType(kinds) ? [] : [[name, type] as const];
    });
    yield new Map([...typed, ...changed]);
  }
}

/** The type of a column that the documentation names before an event has it; undefined for another. */
function documentedType(name: string): AttributeType | undefined {
  const attribute = documentedAttribute(name);
  return attribute && attributeType(attribute.kinds);
}

/** All lists of a length of types; of a long one those of one type. */
function combinations(length: number): AttributeType[][] {
  if (length > MAX_COMBINED) return TYPES_TO_TRY.map(type => Array.from({ length }, () => type));
  let lists: AttributeType[][] = [[]];
  for (let i = 0; i < length; i++) lists = TYPES_TO_TRY.flatMap(type => lists.map(list => [...list, type]));
  return lists;
}
