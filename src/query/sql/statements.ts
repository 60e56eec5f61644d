import { StatementType, type DuckDBConnection, type DuckDBPreparedStatement } from '@duckdb/node-api';
import { messageOf, TelemetryError } from '../../core/errors.js';
import { blankUntil, tokensOf, type Token } from './split-sql.js';

/** Statements that change something, refused by name. DuckDB's parser explains all others. */
const CHANGING = new Set(
  `ABORT ALTER ANALYZE ATTACH BEGIN CALL CHECKPOINT COMMENT COMMIT COPY CREATE DEALLOCATE DELETE DETACH DROP END EXECUTE
  EXPORT FORCE IMPORT INSERT INSTALL LOAD MERGE PRAGMA PREPARE REPLACE RESET ROLLBACK SET START TRUNCATE UPDATE USE
  VACUUM`.split(/\s+/),
);

/** Functions that change DuckDB's state, take raw pointers, or run SQL that was not checked. */
const REFUSED_FUNCTIONS = new Set([
  'arrow_scan',
  'arrow_scan_dumb',
  'checkpoint',
  'disable_logging',
  'disable_peg_parser',
  'disable_profiling',
  'enable_logging',
  'enable_peg_parser',
  'enable_profiling',
  'force_checkpoint',
  'json_execute_serialized_sql',
  'query',
  'seq_scan',
  'truncate_duckdb_logs',
]);

/** Words allowed in the parentheses after EXPLAIN. */
const EXPLAIN_OPTION = /^(?:ANALYZE|VERBOSE|FORMAT)$/i;

/**
 * Refuses a statement whose words would do more than read. The type of what passes is checked later.
 * @throws TelemetryError `sql`
 */
export function refuseChanging(sql: string): void {
  const tokens = tokensOf(sql);
  const word = firstWord(bodyOf(tokens));
  if (CHANGING.has(word)) throw refused(word);
  refuseFunctions(tokens);
}

/**
 * Prepares one statement if it only reads: a SELECT, or an EXPLAIN [ANALYZE] of one (DuckDB runs a statement to analyze
 * it).
 * @throws TelemetryError `sql` when it would do anything else; the error of DuckDB when it does not bind.
 */
export async function prepareReading(connection: DuckDBConnection, sql: string): Promise<DuckDBPreparedStatement> {
  refuseChanging(sql);
  const tokens = tokensOf(sql);
  const body = bodyOf(tokens);
  const word = firstWord(body);
  if (body.length === tokens.length) return prepareType(connection, sql, word, StatementType.SELECT);
  const explained = await prepareType(connection, withoutExplain(sql), word, StatementType.SELECT);
  explained.destroySync();
  return prepareType(connection, sql, word, StatementType.EXPLAIN);
}

function firstWord(tokens: readonly Token[]): string {
  return tokens.find(({ text }) => text !== '(')?.text.toUpperCase() ?? '';
}

/** A statement without the EXPLAIN before it, at the same offset. */
export function withoutExplain(sql: string): string {
  const tokens = tokensOf(sql);
  const body = bodyOf(tokens);
  return body.length === tokens.length ? sql : blankUntil(sql, body[0]?.index ?? sql.length);
}

async function prepareType(
  connection: DuckDBConnection,
  sql: string,
  word: string,
  type: StatementType,
): Promise<DuckDBPreparedStatement> {
  const statement = await prepareOne(connection, sql);
  if (statement.statementType === type) return statement;
  statement.destroySync();
  throw refused(word);
}

/** DuckDB turns a PIVOT without listed values into several statements, the first of which changes the catalog. */
async function prepareOne(connection: DuckDBConnection, sql: string): Promise<DuckDBPreparedStatement> {
  try {
    return await connection.prepare(sql);
  } catch (error) {
    if (!messageOf(error).includes('Cannot prepare multiple statements')) throw error;
    throw new TelemetryError('sql', 'a PIVOT in a query has to name its values', {
      remedy: "Write them out: PIVOT events ON type IN ('log', 'trace') USING count(*).",
      cause: error,
    });
  }
}

function refuseFunctions(tokens: readonly Token[]): void {
  tokens.forEach(({ text }, i) => {
    const name = text.replaceAll('"', '').toLowerCase();
    if (tokens[i + 1]?.text === '(' && REFUSED_FUNCTIONS.has(name)) throw refused(`${name}()`);
  });
}

/** The tokens after EXPLAIN and its options; all tokens of any other statement. */
function bodyOf(tokens: readonly Token[]): readonly Token[] {
  if (!/^EXPLAIN$/i.test(tokens[0]?.text ?? '')) return tokens;
  let at = 1;
  if (tokens[at]?.text === '(' && EXPLAIN_OPTION.test(tokens[at + 1]?.text ?? '')) {
    while (at < tokens.length && tokens[at]!.text !== ')') at++;
    at++;
  }
  while (/^(?:ANALYZE|VERBOSE)$/i.test(tokens[at]?.text ?? '')) at++;
  return tokens.slice(at);
}

function refused(word: string): TelemetryError {
  return new TelemetryError('sql', `a query cannot run ${word}: a query only reads`, {
    remedy: 'Use SELECT, or EXPLAIN of one. `telemetry prune` removes events; `telemetry query --out` writes a file.',
  });
}
