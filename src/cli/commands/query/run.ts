import { TelemetryError } from '../../../core/errors.js';
import type { Result, Row } from '../../../core/result.js';
import { explain } from '../../../query/report/explain.js';
import { openSession, type Session } from '../../../query/session.js';
import { splitStatements, tokensOf } from '../../../query/sql/split-sql.js';
import { render, type Write } from '../../../render/formats.js';
import { raw } from '../../../render/raw.js';
import type { Context } from '../../shared/context.js';
import { endInTime } from '../../shared/forced-end.js';
import { damagedSegmentWarning } from '../../shared/damaged-segment-warning.js';
import { reportFormat } from '../../shared/options.js';
import { printReport } from '../../shared/report.js';
import type { QueryOptions } from './options.js';
import { explanationText } from './explanation.js';
import { chooseFormat, type RowForm } from './format.js';
import { writeAtomically, type TempFile } from './out-file.js';
import { noSql, readSql } from '../../shared/sql-source.js';
import { withTimeout } from './timeout.js';

/** Runs SQL over the store and prints the rows or writes them to a file. */
export async function run(options: QueryOptions, context: Context): Promise<void> {
  const format = chooseFormat(options, context.streams);
  const sql = await readSql(options, context);
  const statements = splitStatements(sql);
  if (statements.length === 0) throw noSql();
  refuseUnused(options.parameters, sql);
  const timeout = withTimeout(context.signal, options.timeout);
  try {
    const job: Job = { options, context, format, statements, signal: timeout.signal };
    const rows = await endInTime(timeout.signal, () => runJob(job));
    if (options.tellsRows) context.exitWith(rows > 0 ? 1 : 0);
  } finally {
    timeout.stop();
  }
}

interface Job {
  readonly options: QueryOptions;
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

async function runToTerminal(job: Job): Promise<number> {
  const { streams } = job.context;
  const session = await open(job);
  try {
    const style = { columns: streams.columns, color: streams.color };
    const rows = await printAll(job, session, text => streams.out.write(text), style);
    await noteOutside(job, session, rows);
    return rows;
  } finally {
    session.close();
  }
}

async function runToFile(job: Job, file: TempFile): Promise<number> {
  const { options, statements, format } = job;
  if (statements.length > 1) {
    throw new TelemetryError('usage', `--out accepts one statement, but there are ${statements.length}`);
  }
  const session = await open(job, file.path);
  try {
    if (format === 'parquet') {
      return await session.copyTo(file.path, statements[0] ?? '', options.parameters, options.limit);
    }
    const rows = await printAll(job, session, text => file.write(text), { color: false });
    await noteOutside(job, session, rows);
    return rows;
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
      const explanation = await explain(session, statement, job.options.parameters);
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

function open({ options, context, format, signal }: Job, writable?: string): Promise<Session> {
  const isForReading = context.streams.isTerminal && options.out === undefined && ['table', 'line'].includes(format);
  const local = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return openSession({
    dir: options.store,
    since: options.since,
    until: options.until,
    by: options.by,
    timezone: options.tz ?? (isForReading ? local : 'UTC'),
    timeStyle: isForReading ? 'readable' : 'iso',
    files: options.files,
    ...(writable !== undefined && { writable }),
    memory: options.memory,
    engines: context.engines,
    signal,
    onDamaged: damagedSegmentWarning(context.streams),
  });
}

/** Prints the rows of all statements in order. Returns their number. */
async function printAll(
  { options, format, statements, signal }: Job,
  session: Session,
  write: Write,
  style: { readonly columns?: number | undefined; readonly color: boolean },
): Promise<number> {
  if (format === 'parquet') throw new TelemetryError('usage', 'parquet can only be written to a file');
  let rows = 0;
  for (const statement of statements) {
    const result = limited(await session.query(statement, options.parameters, options.limit), options.limit);
    const how = { ...style, signal, header: !options.isRaw };
    rows += format === 'raw' ? await raw(result, write, how) : await render(format, result, write, how);
  }
  return rows;
}

/** Notes how many events the time bounds exclude when they exclude all. More than one row shows that they do not. */
async function noteOutside({ options, context }: Job, session: Session, rows: number): Promise<void> {
  if ((options.since === undefined && options.until === undefined) || rows > 1) return;
  const outside = await session.countOutside();
  if (outside === 0) return;
  const bound = options.by === 'time' ? 'happened' : 'was received';
  const hint = options.by === 'time' ? '; --by received bounds the time of receipt' : '';
  const events = outside === 1 ? '1 event lies' : `${outside.toLocaleString('en-US')} events lie`;
  await context.streams.err.write(`no event ${bound} within the bounds: ${events} outside${hint}\n`);
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
