import type { AttributeType } from '../core/attribute.js';
import { TelemetryError } from '../core/errors.js';
import { rowsOf } from './result/rows.js';
import type { Session } from './session.js';
import { quoteName } from '../store/sql/text.js';
import { unknownColumn } from './sql/sql-error.js';

/** A condition over events that binds. */
export interface Predicate {
  /** SQL to select from: `events`, plus columns of NULL for those that no event has had yet. */
  readonly source: string;
  /** The condition, in parentheses; not true where it is NULL. */
  readonly sql: string;
  /** Columns that no event has had yet. */
  readonly missing: readonly MissingColumn[];
}

export interface MissingColumn {
  readonly name: string;
  /** Similar names, as a sentence; undefined without any. */
  readonly near: string | undefined;
}

/** Types to read existing columns with, by name. */
export type ColumnTypes = ReadonlyMap<string, AttributeType>;

const NONE: ColumnTypes = new Map();

/** Types that DuckDB casts to a condition without an error. */
const CONDITION_TYPE = /^(BOOLEAN|U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|"?NULL"?)$/;

/**
 * SQL that selects from events as if each column of `missing` existed, as NULL, and each of `typed` had its type, with
 * NULL for values that do not fit.
 */
export function eventsWith(missing: readonly string[], typed: ColumnTypes = NONE): string {
  if (missing.length === 0 && typed.size === 0) return 'events';
  const casts = [...typed].map(([name, type]) => `try_cast(${quoteName(name)} as ${type}) as ${quoteName(name)}`);
  const replace = casts.length === 0 ? '' : ` replace (${casts.join(', ')})`;
  const nulls = missing.map(name => `, null as ${quoteName(name)}`).join('');
  return `(select *${replace}${nulls} from events) as events`;
}

/**
 * Binds the text of a condition against the columns that exist, so that a mistake is reported before the first event.
 * @param option the option that the user gave, such as `--filter` or `--where`
 * @throws TelemetryError `sql`, with a caret under the mistake, unless the text is exactly one condition.
 */
export async function bindPredicate(
  session: Session,
  text: string,
  option: string,
  typed: ColumnTypes = NONE,
): Promise<Predicate> {
  if (text.trim() === '') throw new TelemetryError('sql', `${option} is empty`, { remedy: 'Write an SQL condition.' });
  const missing: MissingColumn[] = [];
  for (;;) {
    const source = eventsWith(
      missing.map(({ name }) => name),
      typed,
    );
    try {
      await bind(session, text, source, option);
      return { source, sql: `(\n${text}\n)`, missing };
    } catch (error) {
      const name = unknownColumn(error);
      if (name === undefined || missing.some(known => known.name === name)) throw located(error, text, source, option);
      missing.push({ name, near: error instanceof TelemetryError ? error.remedy : undefined });
    }
  }
}

/**
 * Binds a predicate over the columns that events have.
 * @throws TelemetryError `sql` as {@link bindPredicate}, and for a column that no event has.
 */
export async function bindKnown(session: Session, text: string, option: string): Promise<Predicate> {
  const predicate = await bindPredicate(session, text, option);
  const [unknown] = predicate.missing;
  if (!unknown) return predicate;
  throw new TelemetryError('sql', `${option}: no event has "${unknown.name}"`, {
    ...(unknown.near !== undefined && { remedy: unknown.near }),
  });
}

/**
 * Binds the text alone and then in parentheses. Text that parses alone has no stray parenthesis, quote or comment to
 * leave the parentheses with; text that parses within them is not a list, a clause or a second statement.
 */
async function bind(session: Session, text: string, source: string, option: string): Promise<void> {
  const result = await session.query(`select\n${text}\nfrom ${source} limit 0`);
  await rowsOf(result);
  await session.check(`select 1 from ${source} where (\n${text}\n)`);
  const [column] = result.columns;
  if (!column || result.columns.length > 1) throw new TelemetryError('sql', `${option} is more than one condition`);
  if (!CONDITION_TYPE.test(column.type)) {
    throw new TelemetryError('sql', `${option} is not a condition but a value of type ${column.type}: ${text}`, {
      remedy: `Compare it with something: ${text} = 'value'.`,
    });
  }
}

/**
 * The error of a statement that has a condition of {@link bindPredicate} from its second line on, with the condition's
 * line numbers.
 */
export function locatedError<E>(error: E, text: string, option: string): E | TelemetryError {
  return located(error, text, '', option);
}

/** Moves the line numbers of an error to those of the text, which begins on the second line of DuckDB's statement. */
function located<E>(error: E, text: string, source: string, option: string): E | TelemetryError {
  if (!(error instanceof TelemetryError) || error.kind !== 'sql') return error;
  const line = Number(/^LINE (\d+):/m.exec(error.message)?.[1]) - 1;
  if (line > text.split('\n').length) return unfinished(error, text, option);
  const message = error.message
    .replace(`\nfrom ${source} limit 0`, '')
    .replace(/^LINE \d+:/m, prefix => `LINE ${line}:`.padEnd(prefix.length));
  const prefix = message.startsWith(option) ? '' : `${option}: `;
  return new TelemetryError('sql', prefix + message, {
    ...(error.remedy !== undefined && { remedy: error.remedy }),
    cause: error,
  });
}

/** The error for text after which DuckDB failed to parse the rest of the statement. */
function unfinished(cause: TelemetryError, text: string, option: string): TelemetryError {
  const lines = text.trimEnd().split('\n');
  const last = `LINE ${lines.length}: ${lines.at(-1)!}`;
  const message = `${option}: Parser Error: this is not one whole condition\n\n${last}\n${' '.repeat(last.length)}^`;
  return new TelemetryError('sql', message, { cause });
}
