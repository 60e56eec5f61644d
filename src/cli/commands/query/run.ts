import { TelemetryError } from '../../../core/errors.js';
import type { Result, Row } from '../../../core/result.js';
import { explain } from '../../../query/report/explain.js';
import { openSession, type Session } from '../../../query/session.js';
import type { ValueStyle } from '../../../query/result/values.js';
import { splitStatements, staysWithinParentheses, tokensOf } from '../../../query/sql/split-sql.js';
import { render, type Write } from '../../../render/formats.js';
import { raw } from '../../../render/raw.js';
import { outsideText } from '../../shared/no-events-text.js';
import type { Context } from '../../shared/context.js';
import { endInTime } from '../../shared/forced-end.js';
import { damagedSegmentWarning } from '../../shared/damaged-segment-warning.js';
import { reportFormat } from '../../shared/options.js';
import { printReport } from '../../shared/report.js';
import type { QueryOptions } from './options.js';
import { explanationText } from './explanation.js';
import { chooseFormat, type RowForm } from './format.js';
import { writeAtomically, type TempFile } from './out-file.js';
import { noSql, readParametrizedSql } from '../../shared/sql-source.js';
import { withTimeout } from './timeout.js';

/** The store, or a remote, that answers the statements. */
type Source = Pick<Session, 'query' | 'countOutside'> & { close(): unknown };

/** Runs SQL over the store or a remote and prints the rows or writes them to a file. */
export async function run(options: QueryOptions, context: Context): Promise<void> {
  const format = chooseFormat(options, context.streams);
  if (options.where !== undefined) refuseUnfinished(options.where);
  const { sql, parameters } = await readParametrizedSql(options, options.parameters, context);
  const statements = splitStatements(sql);
  if (statements.length === 0) throw noSql();
  if (options.takesOne && statements.length > 1) throw severalStatements(statements.length);
  refuseUnused(parameters, sql);
  const once = async (output: (job: Job) => Promise<number> = runJob): Promise<number> => {
    const timeout = withTimeout(context.signal, options.timeout);
    try {
      const job: Job = { options, parameters, context, format, statements, signal: timeout.signal };
      return await endInTime(timeout.signal, () => output(job));
    } finally {
      timeout.stop();
    }
  };
  if (options.watch !== undefined) await watch(options.watch, context, once);
  const rows = await once();
  if (options.tellsRows) context.exitWith(rows > 0 ? 1 : 0);
}

/** Runs again and again, until Ctrl-C. */
async function watch(
  every: number,
  context: Context,
  once: (output: (job: Job) => Promise<number>) => Promise<number>,
): Promise<never> {
  const { watchFrames } = await import('../../shared/watch-frames.js');
  return watchFrames(every, context, async () => {
    let text = '';
    await once(job =>
      runToTerminal({ ...job, options: { ...job.options, ...job.options.bounds() } }, more => (text += more)),
    );
    return text;
  });
}

/** @throws TelemetryError `sql` for text that is not one whole condition. */
function refuseUnfinished(where: string): void {
  if (where.trim() !== '' && staysWithinParentheses(where)) return;
  throw new TelemetryError('sql', `--where is not one whole condition: ${where}`, {
    remedy: 'Write an SQL condition, with each parenthesis and quote closed.',
  });
}

interface Job {
  readonly options: QueryOptions;
  readonly parameters: QueryOptions['parameters'];
  readonly context: Context;
  readonly format: RowForm;
  readonly statements: readonly string[];
  readonly signal: AbortSignal;
}

/** Returns the number of rows. */
async function runJob(job: Job): Promise<number> {
  const { options } = job;
  if (options.explain) return explainAll(job);
  if (options.out === undefined) return runToTerminal(job);
  let rows = 0;
  await writeAtomically(options.out, async file => {
    rows = await runToFile(job, file);
  });
  return rows;
}

/** @param write of the rows; by default to stdout */
async function runToTerminal(job: Job, write?: (text: string) => void): Promise<number> {
  const { streams } = job.context;
  const session = await openSource(job);
  const print = write ?? (text => streams.out.write(text));
  try {
    const style = { columns: streams.columns, color: streams.color };
    const rows = job.options.isChart ? await drawAll(job, session, print) : await printAll(job, session, print, style);
    if (job.options.watch === undefined) await noteOutside(job, session, rows);
    return rows;
  } finally {
    await session.close();
  }
}

async function runToFile(job: Job, file: TempFile): Promise<number> {
  const { statements, format } = job;
  if (statements.length > 1) {
    throw new TelemetryError('usage', `--out accepts one statement, but there are ${statements.length}`);
  }
  if (format === 'parquet') return writeParquet(job, file.path);
  const session = await openSource(job);
  try {
    const rows = await printAll(job, session, text => file.write(text), { color: false });
    await noteOutside(job, session, rows);
    return rows;
  } finally {
    await session.close();
  }
}

async function writeParquet(job: Job, file: string): Promise<number> {
  const { options, statements, parameters } = job;
  if (options.remote !== undefined) {
    throw new TelemetryError('usage', 'the rows of a remote cannot be written as Parquet', {
      remedy: 'Write CSV: --out FILE.csv.',
    });
  }
  const session = await open(job, file);
  try {
    return await session.copyTo(file, statements[0] ?? '', { parameters, limit: options.limit });
  } finally {
    session.close();
  }
}

async function explainAll(job: Job): Promise<number> {
  const { streams } = job.context;
  const named = job.options.isFormatNamed ? job.options.format : undefined;
  const format = reportFormat(named, streams);
  const session = await open(job);
  let rows = 0;
  try {
    for (const statement of job.statements) {
      const explanation = await explain(session, statement, job.parameters);
      await printReport(format, job.context, {
        table: () => streams.out.write(explanationText(explanation)),
        json: explanation,
      });
      rows += explanation.rows;
    }
    return rows;
  } finally {
    session.close();
  }
}

/** Draws the rows of all statements in order. Returns their number. */
async function drawAll(
  { options, parameters, context, statements, signal }: Job,
  session: Source,
  write: Write,
): Promise<number> {
  const { readRows } = await import('../../../render/charts/read-rows.js');
  const { chartText } = await import('../../shared/chart-text.js');
  let rows = 0;
  for (const statement of statements) {
    const table = await readRows(
      limited(await session.query(statement, parameters, options.limit), options.limit),
      signal,
    );
    await write(chartText(table, {}, { style: options.style, timezone: options.tz ?? localZone() }, context.streams));
    rows += table.rows.length;
  }
  return rows;
}

function localZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** The format of times: for people on a terminal, else for programs. */
function styleFor({ options, context, format }: Job): ValueStyle {
  const isOnTerminal = context.streams.isTerminal && options.out === undefined;
  const isForReading = isOnTerminal && ['table', 'line'].includes(format) && !options.isChart;
  return {
    timezone: options.tz ?? (isForReading || options.isChart ? localZone() : 'UTC'),
    time: isForReading ? 'readable' : 'iso',
  };
}

async function openSource(job: Job): Promise<Source> {
  const { options, parameters, signal } = job;
  if (options.remote === undefined) return open(job);
  if (Object.keys(parameters).length > 0) {
    throw new TelemetryError('usage', 'a saved query with parameters cannot be combined with --remote');
  }
  const { openRemoteSource } = await import('../../shared/remote-source.js');
  const remote = await openRemoteSource(options.store, options.remote, signal);
  const style = styleFor(job);
  return {
    query: sql => remote.query(sql, style),
    countOutside: () => Promise.resolve(0),
    close: () => remote.close(),
  };
}

function open(job: Job, writable?: string): Promise<Session> {
  const { options, context, signal } = job;
  const { timezone, time } = styleFor(job);
  return openSession({
    dir: options.store,
    since: options.since,
    until: options.until,
    by: options.by,
    timezone,
    timeStyle: time,
    files: options.files,
    ...(writable !== undefined && { writable }),
    memory: options.memory,
    readyStores: context.readyStores,
    signal,
    onDamaged: damagedSegmentWarning(context.streams),
  });
}

/** Prints the rows of all statements in order. Returns their number. */
async function printAll(
  { options, parameters, format, statements, signal }: Job,
  session: Source,
  write: Write,
  style: { readonly columns?: number | undefined; readonly color: boolean },
): Promise<number> {
  if (format === 'parquet') throw new TelemetryError('usage', 'parquet can only be written to a file');
  let rows = 0;
  for (const statement of statements) {
    const answer = await session.query(statement, parameters, options.limit);
    const result = withNullText(limited(answer, options.limit), format, options.nullText);
    const how = { ...style, signal, header: !options.isRaw };
    rows += format === 'raw' ? await raw(result, write, how) : await render(format, result, write, how);
  }
  return rows;
}

/** Notes how many events the time bounds exclude when they exclude all. More than one row shows that they do not. */
async function noteOutside({ options, context }: Job, session: Source, rows: number): Promise<void> {
  if ((options.since === undefined && options.until === undefined) || rows > 1) return;
  const outside = await session.countOutside();
  if (outside === 0) return;
  const hint = options.by === 'time' ? '; --by received bounds the time of receipt' : '';
  await context.streams.err.write(outsideText(outside, options.by, hint));
}

/** The first rows of a result. The query ends once they have been read. */
function limited(result: Result, limit: number | undefined): Result {
  if (limit === undefined) return result;
  async function* batches(): AsyncGenerator<readonly Row[]> {
    let left = limit!;
    for await (const batch of result.batches) {
      if (left > 0) yield batch.slice(0, left);
      left -= batch.length;
      if (left <= 0) return;
    }
  }
  return { columns: result.columns, batches: batches() };
}

/** Formats of text, in which NULL is printed as a text. */
const TEXT_FORMATS: readonly RowForm[] = ['table', 'line', 'csv', 'tsv', 'markdown', 'raw'];

function withNullText(result: Result, format: RowForm, text: string | undefined): Result {
  if (text === undefined || !TEXT_FORMATS.includes(format)) return result;
  async function* batches(): AsyncGenerator<readonly Row[]> {
    for await (const batch of result.batches) yield batch.map(row => row.map(cell => cell ?? text!));
  }
  return { columns: result.columns, batches: batches() };
}

function severalStatements(count: number): TelemetryError {
  return new TelemetryError('usage', `"sql" has ${count} statements, and the formats json and csv take one`, {
    remedy: 'Send one statement per request, or ask for "format": "ndjson".',
  });
}

function refuseUnused(parameters: QueryOptions['parameters'], sql: string): void {
  const tokens = tokensOf(sql);
  const used = new Set(
    tokens.flatMap(({ text }, i) => (text === '$' ? (tokens[i + 1]?.text.toLowerCase() ?? []) : [])),
  );
  const unused = Object.keys(parameters).find(name => !used.has(name.toLowerCase()));
  if (unused === undefined) return;
  throw new TelemetryError('usage', `--param ${unused} was given, but the SQL does not contain $${unused}`, {
    remedy: 'Put the SQL in single quotes: in double quotes, the shell expands $name.',
  });
}
