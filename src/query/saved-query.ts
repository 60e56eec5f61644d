import { TelemetryError } from '../core/errors.js';
import { findQueries, findQuery, storeQuery, type FoundQuery } from '../store/catalog/saved-queries.js';
import { readQueryFile } from '../store/catalog/query-files.js';
import { RESERVED_NAMES } from './named-views/built-in.js';
import { openSession } from './session.js';
import type { Parameters } from './sql/parameters.js';
import { splitStatements, tokensOf } from './sql/split-sql.js';
import { refuseChanging } from './sql/statements.js';
import { checkObjectName } from './view-definition.js';

/** A saved query: a file of SQL whose first comment lines describe it. */
export interface SavedQuery {
  readonly name: string;
  /** Empty without one. */
  readonly description: string;
  /** The names of its parameters, in the order of the text. */
  readonly parameters: readonly string[];
  /** The values of parameters that are given no other, by name. */
  readonly defaults: Parameters;
  /** The text of the file: SQL, since the header is comments. Lines of errors are those of the file. */
  readonly text: string;
  /** The text without the header. */
  readonly sql: string;
}

/** A file that is not a usable query, and the reason. */
export interface BrokenQuery {
  readonly name: string;
  readonly problem: TelemetryError;
}

/** A line of the header: `-- description: TEXT` or `-- default: name=value`. */
const HEADER_LINE = /^--[ \t]*(description|default)[ \t]*:[ \t]*(.*?)[ \t]*$/i;

/** A line before the first SQL. */
const COMMENT_LINE = /^\s*(?:--.*)?$/;

const PARAMETER_NAME = /^\w+$/;

/**
 * Reads the text of a saved query.
 * @throws TelemetryError `usage` for a default that is no `name=value`, or of a name that is not a parameter; `sql` for a
 * text without SQL.
 */
export function parseSavedQuery(name: string, text: string): SavedQuery {
  const lines = text.split(/\r?\n/);
  const first = lines.findIndex(line => !COMMENT_LINE.test(line));
  const header = lines.slice(0, first < 0 ? lines.length : first);
  const fields = header.map(line => HEADER_LINE.exec(line));
  const valuesOf = (field: string): { value: string; line: number }[] =>
    fields.flatMap((match, i) => (match?.[1]?.toLowerCase() === field ? [{ value: match[2]!, line: i + 1 }] : []));
  const sql = [...header.filter((_, i) => !fields[i]), ...lines.slice(header.length)].join('\n').trim();
  if (tokensOf(sql).every(token => token.text === ';')) throw wrong(name, 'has no SQL', 'sql');
  const parameters = parameterNames(text);
  const defaults: Record<string, string> = {};
  for (const { value, line } of valuesOf('default')) {
    const at = value.indexOf('=');
    const parameter = value.slice(0, Math.max(0, at)).trim();
    if (!PARAMETER_NAME.test(parameter))
      throw wrong(name, `has a default in line ${line} that is not name=value: ${value}`);
    const known = parameters.find(other => other.toLowerCase() === parameter.toLowerCase());
    if (known === undefined) throw wrong(name, `has a default for $${parameter}, which its SQL does not contain`);
    defaults[known] = value.slice(at + 1).trim();
  }
  const description = valuesOf('description')
    .map(({ value }) => value)
    .join('\n');
  return { name, description, parameters, defaults, text, sql };
}

/** Writes a saved query as the text of its file, which {@link parseSavedQuery} reads. */
export function formatSavedQuery({
  description,
  defaults,
  sql,
}: Pick<SavedQuery, 'description' | 'defaults' | 'sql'>): string {
  const described = description === '' ? [] : description.split('\n').map(line => `-- description: ${line.trim()}`);
  const values = Object.entries(defaults).map(([name, value]) => `-- default: ${name}=${onOneLine(value)}`);
  return [...described, ...values, sql.trim(), ''].join('\n');
}

/** A parameter's value without line breaks and outer blanks: a JSON string is bound as its text. */
function onOneLine(value: string): string {
  return value === value.trim() && !/[\n\r]/.test(value) ? value : JSON.stringify(value);
}

/** The saved query of that name. @throws TelemetryError when the store has none, or its file is not a usable query. */
export function savedQuery(dir: string, name: string): SavedQuery {
  return readFound(dir, findQuery(dir, name));
}

/** All saved queries, by name, with the files that are not usable. @throws TelemetryError `noStore`. */
export function listSavedQueries(dir: string): (SavedQuery | BrokenQuery)[] {
  return findQueries(dir).map(found => {
    try {
      return readFound(dir, found);
    } catch (error) {
      if (!(error instanceof TelemetryError)) throw error;
      return { name: found.name, problem: error };
    }
  });
}

/**
 * Checks a query and stores it. @param isForced true to store one that does not bind, for columns that are yet to come.
 * @returns true when it replaced one of the same name.
 * @throws TelemetryError as {@link parseSavedQuery}; `usage` for a wrong name; `sql` for SQL that does not run.
 */
export async function createSavedQuery(
  dir: string,
  query: Pick<SavedQuery, 'name' | 'description' | 'defaults' | 'sql'>,
  { replaces, isForced }: { readonly replaces: boolean; readonly isForced: boolean },
): Promise<{ readonly query: SavedQuery; readonly replaced: boolean }> {
  checkObjectName(query.name);
  const text = formatSavedQuery(query);
  const parsed = parseSavedQuery(query.name, text);
  for (const statement of splitStatements(parsed.sql)) refuseChanging(statement);
  if (!isForced) await refuseUnbound(dir, parsed);
  return { query: parsed, replaced: storeQuery(dir, query.name, text, replaces) };
}

async function refuseUnbound(dir: string, { sql }: SavedQuery): Promise<void> {
  const session = await openSession({ dir });
  try {
    for (const statement of splitStatements(sql)) await session.check(statement);
  } catch (error) {
    if (!(error instanceof TelemetryError) || error.kind !== 'sql') throw error;
    const remedy = `${error.remedy === undefined ? '' : `${error.remedy}\n`}--force saves it all the same.`;
    throw new TelemetryError('sql', error.message, { remedy, cause: error });
  } finally {
    session.close();
  }
}

/**
 * The values of a query's parameters: those given, else its defaults.
 * @throws TelemetryError `usage` for a given name that is not a parameter, and for a parameter without a value.
 */
export function savedParameters({ name, parameters, defaults }: SavedQuery, given: Parameters): Parameters {
  const values: Record<string, string> = { ...defaults };
  for (const [parameter, value] of Object.entries(given)) {
    const known = parameters.find(other => other.toLowerCase() === parameter.toLowerCase());
    if (known === undefined) {
      const list = parameters.length === 0 ? 'It has no parameters.' : `Its parameters are ${dollars(parameters)}.`;
      throw wrong(name, `has no parameter $${parameter}`, 'usage', list);
    }
    values[known] = value;
  }
  const missing = parameters.filter(parameter => values[parameter] === undefined);
  if (missing.length === 0) return values;
  throw wrong(
    name,
    `needs a value for ${dollars(missing)}`,
    'usage',
    `Add ${missing.map(parameter => `-p ${parameter}=VALUE`).join(' ')}.`,
  );
}

function dollars(names: readonly string[]): string {
  return names.map(name => `$${name}`).join(', ');
}

/** The names after `$`, each once. */
function parameterNames(sql: string): string[] {
  const tokens = tokensOf(sql);
  const names = tokens.flatMap(({ text, index }, i) => {
    const next = tokens[i + 1];
    return text === '$' && next?.index === index + 1 && PARAMETER_NAME.test(next.text) ? [next.text] : [];
  });
  return names.filter((name, i) => names.findIndex(other => other.toLowerCase() === name.toLowerCase()) === i);
}

/** @throws TelemetryError `failure` for a name that another object has as well; as {@link parseSavedQuery}. */
function readFound(dir: string, found: FoundQuery): SavedQuery {
  const { name, path, clash } = found;
  const owner = clash ?? (RESERVED_NAMES.has(name.toLowerCase()) ? 'a built-in table' : undefined);
  if (owner !== undefined) {
    throw new TelemetryError('failure', `the saved query ${name} has the same name as ${owner}`, {
      remedy: `Rename the file ${path} of the store.`,
    });
  }
  checkObjectName(name);
  return parseSavedQuery(name, readQueryFile(dir, found));
}

function wrong(name: string, problem: string, kind: 'usage' | 'sql' = 'usage', remedy?: string): TelemetryError {
  return new TelemetryError(kind, `the saved query ${name} ${problem}`, {
    ...(remedy !== undefined && { remedy }),
  });
}
