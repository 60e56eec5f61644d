import { messageOf, TelemetryError } from '../core/errors.js';
import { objectNamed, type StoredObject } from '../store/catalog/objects.js';
import { quoteName } from '../store/sql/text.js';
import { RESERVED_NAMES } from './named-views/built-in.js';
import { namesIn, storedViewSql } from './named-views/named-views.js';
import { rowsOf } from './result/rows.js';
import { openSession, type Session } from './session.js';
import { splitStatements, tokensOf } from './sql/split-sql.js';

/** A name that SQL reads without quotes, and that shells and lists need not quote either. */
const PLAIN_NAME = /^[A-Za-z_]\w{0,62}$/;

/** DuckDB's own tables and schemas, which a view would hide. */
const OWN_NAME = /^(?:pg_|duckdb_|sqlite_|information_schema$|main$|temp$|system$)/i;

/** The first words of a statement that a view can have. */
const VIEW_STATEMENT = /^(?:select|with|from|values|table|\()$/i;

/** A column of a view, with its DuckDB type. */
export interface ViewColumn {
  readonly name: string;
  readonly type: string;
}

/** The columns of a stored view, or the error that reading it gives. */
export type ViewState = { readonly columns: readonly ViewColumn[] } | { readonly error: string };

/**
 * Checks the name of a new stored object.
 * @throws TelemetryError `usage` for a name that needs quotes in SQL or belongs to a built-in table.
 */
export function checkObjectName(name: string): void {
  if (!PLAIN_NAME.test(name)) {
    throw new TelemetryError('usage', `"${name}" is not a name that SQL reads without quotes`, {
      remedy: 'Use letters, digits and "_", at most 63, and begin with a letter.',
    });
  }
  if (!RESERVED_NAMES.has(name.toLowerCase()) && !OWN_NAME.test(name)) return;
  throw new TelemetryError('usage', `"${name}" is the name of a built-in table`, { remedy: 'Choose another name.' });
}

/**
 * Returns the one SELECT statement of a text, for a view of that name.
 * @throws TelemetryError `sql` when the text is not one SELECT without parameters, does not bind, or reads the view
 *   itself; `usage` for a name that is a word of SQL; as {@link openSession}.
 */
export async function viewStatement(dir: string, name: string, text: string): Promise<string> {
  const sql = oneSelect(text);
  const isSame = (other: string): boolean => other.toLowerCase() === name.toLowerCase();
  const session = await openSession({ dir, objects: stored => stored.filter(object => !isSame(object.name)) });
  try {
    await session.check(`with ${name} as (select 1) select * from ${name}`).catch((cause: unknown) => {
      throw new TelemetryError('usage', `"${name}" is a word of SQL`, { remedy: 'Choose another name.', cause });
    });
    await session.check(sql).catch((cause: unknown) => {
      throw readsItself(name, cause) ?? cause;
    });
  } finally {
    session.close();
  }
  return sql.trim();
}

/**
 * The stored views that can be read now and could not after `name` is removed or replaced, and the cubes that read it:
 * they have rows of the view as it was. In the order of names.
 */
export async function brokenReaders(dir: string, name: string, replacement?: StoredObject): Promise<StoredObject[]> {
  const { name: exact } = objectNamed(dir, 'view', name);
  const after = (stored: readonly StoredObject[]): readonly StoredObject[] => [
    ...stored.filter(object => object.name !== exact),
    ...(replacement ? [replacement] : []),
  ];
  const present = await openSession({ dir });
  const changed = await openSession({ dir, objects: after });
  try {
    const broken: StoredObject[] = [];
    for (const other of viewsAmong(present.objects)) {
      if (other.name === exact || !mentions(other, exact, present.objects)) continue;
      const statement = `select * from ${quoteName(other.name)}`;
      const breaks = async (): Promise<boolean> =>
        (await binds(present, statement)) && !(await binds(changed, statement));
      if (other.kind === 'cube' || (await breaks())) broken.push(other);
    }
    return broken;
  } finally {
    present.close();
    changed.close();
  }
}

/** The columns of a view. @throws TelemetryError as {@link openSession}. */
export async function viewState(dir: string, name: string): Promise<ViewState> {
  const session = await openSession({ dir });
  try {
    const rows = await rowsOf(
      await session.query(`select column_name, column_type from (describe select * from ${quoteName(name)})`),
    );
    return { columns: rows.map(([column, type]) => ({ name: column ?? '', type: type ?? '' })) };
  } catch (error) {
    if (error instanceof TelemetryError && error.kind === 'sql') return { error: error.message };
    throw error;
  } finally {
    session.close();
  }
}

function oneSelect(text: string): string {
  const statements = splitStatements(text);
  const refuse = (problem: string, remedy: string): TelemetryError => new TelemetryError('sql', problem, { remedy });
  if (statements.length !== 1) {
    throw refuse(`a view has one SELECT, and there are ${statements.length}`, 'Create a view for each.');
  }
  const tokens = tokensOf(statements[0]!);
  const first = tokens[0]?.text ?? '';
  if (!VIEW_STATEMENT.test(first)) {
    throw refuse(`a view has a SELECT, not ${first.toUpperCase()}`, 'Write it like select * from events.');
  }
  const parameter = tokens.find(({ text: token }) => token === '$' || token === '?');
  if (!parameter) return statements[0]!;
  throw refuse(
    'a view has no parameters',
    'Write the value into the SQL, or leave the condition to the queries that read the view.',
  );
}

function readsItself(name: string, error: unknown): TelemetryError | undefined {
  const missing = `Table with name ${name} does not exist`.toLowerCase();
  const message = messageOf(error);
  if (!message.toLowerCase().includes(missing)) return undefined;
  const through = /^the view (\S+) cannot be read/.exec(message)?.[1];
  return new TelemetryError(
    'sql',
    through === undefined
      ? `the view ${name} would read itself`
      : `the view ${name} would read itself through ${through}`,
    { remedy: 'Give the view another name, or read the tables behind it.', cause: error },
  );
}

function viewsAmong(objects: readonly StoredObject[]): readonly StoredObject[] {
  return objects.filter(object => storedViewSql(object) !== undefined);
}

/** True when the definition of a view has the name as a word, or that of a view which it may read. */
function mentions(
  view: StoredObject,
  name: string,
  objects: readonly StoredObject[],
  seen = new Set<string>(),
): boolean {
  if (seen.has(view.name)) return false;
  seen.add(view.name);
  const words = namesIn(storedViewSql(view) ?? '');
  if (words.has(name.toLowerCase())) return true;
  return viewsAmong(objects).some(other => words.has(other.name.toLowerCase()) && mentions(other, name, objects, seen));
}

async function binds(session: Session, statement: string): Promise<boolean> {
  try {
    await session.check(statement);
    return true;
  } catch (error) {
    if (error instanceof TelemetryError && error.kind === 'sql') return false;
    throw error;
  }
}
