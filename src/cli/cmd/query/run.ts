import { TelemetryError } from '../../../core/errors.js';
import type { Result, Row } from '../../../core/result.js';
import { explain } from '../../../query/explain.js';
import { openSession, type Session } from '../../../query/session.js';
import { splitStatements, tokensOf } from '../../../query/split-sql.js';
import { render, type Write } from '../../../render/formats.js';
import type { Context } from '../../context.js';
import { endInTime } from '../../forced-end.js';
import { damageNote } from '../../damage-note.js';
import type { QueryFormat, QueryOptions } from './command.js';
import { explanationText } from './explanation.js';
import { chooseFormat } from './format.js';
import { writeBeside, type FileBeside } from './out-file.js';
import { noSql, readSql } from './sql-source.js';
import { withTimeout } from './timeout.js';

/** Runs SQL over the store and prints, or writes, what it returns. */
export async function run(options: QueryOptions, context: Context): Promise<void> {
  const format = chooseFormat(options, context.streams);
  const sql = await readSql(options, context);
  const statements = splitStatements(sql);
  if (statements.length === 0) throw noSql();
  refuseUnused(options.parameters, sql);
  const timeout = withTimeout(context.signal, options.timeout);
  try {
    const job: Job = { options, context, format, statements, signal: timeout.signal };
    await endInTime(timeout.signal, () => runJob(job));
  } finally {
    timeout.stop();
  }
}

async function runJob(job: Job): Promise<void> {
  const { options } = job;
  if (options.explain) await explainAll(job);
  else if (options.out === undefined) await runToTerminal(job);
  else await writeBeside(options.out, file => runToFile(job, file));
}

interface Job {
  readonly options: QueryOptions;
  readonly context: Context;
  readonly format: QueryFormat;
  readonly statements: readonly string[];
  readonly signal: AbortSignal;
}

async function runToTerminal(job: Job): Promise<void> {
  const { streams } = job.context;
  const session = await open(job);
  try {
    await printAll(job, session, text => streams.out.write(text), { columns: streams.columns, color: streams.color });
  } finally {
    session.close();
  }
}

async function runToFile(job: Job, file: FileBeside): Promise<void> {
  const { options, statements, format } = job;
  if (statements.length > 1) {
    throw new TelemetryError('usage', `--out takes the rows of one statement: there are ${statements.length}`);
  }
  const session = await open(job, file.path);
  try {
    if (format === 'parquet') await session.copyTo(file.path, statements[0] ?? '', options.parameters, options.limit);
    else await printAll(job, session, text => file.write(text), { color: false });
  } finally {
    session.close();
  }
}

async function explainAll(job: Job): Promise<void> {
  const { streams } = job.context;
  const isJson = job.options.format === 'json' || job.options.format === 'ndjson' || !streams.isTerminal;
  const session = await open(job);
  try {
    for (const statement of job.statements) {
      const explanation = await explain(session, statement, job.options.parameters);
      await streams.out.write(isJson ? `${JSON.stringify(explanation)}\n` : explanationText(explanation));
    }
  } finally {
    session.close();
  }
}

function open({ options, context, format, signal }: Job, writable?: string): Promise<Session> {
  const isForReading = context.streams.isTerminal && options.out === undefined && ['table', 'line'].includes(format);
  const local = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return openSession({
    dir: options.store,
    ...(options.since !== undefined && { since: options.since }),
    ...(options.until !== undefined && { until: options.until }),
    timezone: options.tz ?? (isForReading ? local : 'UTC'),
    timeStyle: isForReading ? 'readable' : 'iso',
    files: options.files,
    ...(writable !== undefined && { writable }),
    memory: options.memory,
    signal,
    onDamaged: damageNote(context.streams),
  });
}

/** Each statement's rows follow those of the one before. */
async function printAll(
  { options, format, statements, signal }: Job,
  session: Session,
  write: Write,
  style: { readonly columns?: number | undefined; readonly color: boolean },
): Promise<void> {
  if (format === 'parquet') throw new TelemetryError('usage', 'parquet is written to a file only');
  for (const statement of statements) {
    const result = await session.query(statement, options.parameters, options.limit);
    await render(format, limited(result, options.limit), write, { ...style, signal });
  }
}

/** The first rows of a result; the query ends when they have been read. */
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
  throw new TelemetryError('usage', `--param ${unused} was given, but there is no $${unused} in the SQL`, {
    remedy: 'In double quotes a shell takes $name for a variable of its own: put the SQL in single quotes.',
  });
}
