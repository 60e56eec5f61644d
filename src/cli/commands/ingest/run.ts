import { codeOf, messageOf, TelemetryError } from '../../../core/errors.js';
import { ingest, type Ingested, type Skipped } from '../../../sources/import/import.js';
import { openInput, type Input } from '../../../sources/shared/input.js';
import { checkFormat } from '../../../sources/import/input-format.js';
import { openParquet } from '../../../query/parquet/rows.js';
import type { Context } from '../../shared/context.js';
import { openReceiver, type Receiver } from '../../shared/receiver.js';
import type { IngestCommandOptions } from './options.js';
import { openMeter } from './meter.js';
import { fileText, problemText, summaryJson, type FileOutcome } from './report.js';

/** Maximum number of skipped events to show. */
const SHOWN_SKIPPED = 3;

/** Imports the files in order. A file that cannot be read does not stop the import of the others. */
export async function run(options: IngestCommandOptions, context: Context): Promise<void> {
  const { streams, signal } = context;
  checkFormat(options.readAs);
  const receiver = await openReceiver({
    url: options.url,
    trust: options.trust,
    server: options.server,
    signal,
    log: text => void streams.err.write(`telemetry: ${text}\n`),
  });
  const outcomes: FileOutcome[] = [];
  try {
    for (const file of options.files) {
      const outcome = await Promise.race([ingestFile(file, receiver, options, context), receiver.failed]);
      outcomes.push(outcome);
      if (options.format === 'text') await streams.out.write(fileText(outcome));
      if (outcome.error?.kind === 'interrupted' || outcome.isLast) break;
      if (outcome.error && options.files.length > 1) await streams.err.write(problemText(outcome.error));
    }
  } finally {
    await receiver.stop();
  }
  if (options.format === 'json') await streams.out.write(summaryJson(outcomes));
  const failed = outcomes.filter(({ error }) => error);
  const last = outcomes.at(-1);
  if (last?.error && (options.files.length === 1 || last.error.kind === 'interrupted' || last.isLast)) {
    throw last.error;
  }
  if (failed.length > 0) throw notAll(failed.length, options.files.length);
}

function notAll(failed: number, files: number): TelemetryError {
  return new TelemetryError(
    'failure',
    `${failed} of ${files} files ${failed === 1 ? 'was' : 'were'} not imported completely`,
  );
}

async function ingestFile(
  name: string,
  receiver: Receiver,
  options: IngestCommandOptions,
  context: Context,
): Promise<FileOutcome> {
  const { streams, signal } = context;
  const begun = context.now();
  let input: Input | undefined;
  let ingested: Ingested | undefined;
  let error: TelemetryError | undefined;
  const skipped: Skipped[] = [];
  let skippedCount = 0;
  try {
    if (name === '-' && streams.stdinIsTerminal) {
      await streams.err.write('telemetry: reading from the keyboard; end with Ctrl-D on an empty line\n');
    }
    const needsLine = options.readAs.reading === undefined;
    const opened = (input = await openInput(name, streams.stdin, { signal, needsLine }));
    let meter = await openMeter(input, context);
    const note = async (text: string): Promise<void> => {
      meter.stop();
      await streams.err.write(`telemetry: ${text}\n`);
      meter = await openMeter(opened, context);
    };
    try {
      await ingest(
        input,
        {
          server: receiver,
          readAs: options.readAs,
          names: options.names,
          members: options.members,
          cwd: context.cwd,
          again: options.again,
          maxEventBytes: options.server.maxEventSize,
          isSkipping: options.isSkipping,
          signal,
          readParquet: (file, from) => rowsOf(file, from, note),
          onSkipped(bad) {
            if (!options.isSkipping) throw notAnEvent(name, bad);
            skippedCount++;
            if (skipped.length < SHOWN_SKIPPED) skipped.push(bad);
          },
          onNote: note,
          onProgress: progress => meter.show(progress),
        },
        report => (ingested = report),
      );
    } finally {
      meter.stop();
    }
  } catch (thrown) {
    error = asTelemetryError(name, thrown);
  } finally {
    await input?.close();
  }
  for (const bad of skipped) await streams.err.write(`skipped: ${describe(name, bad)}\n`);
  if (skippedCount > skipped.length)
    await streams.err.write(`skipped: ${skippedCount - skipped.length} more in ${name}\n`);
  return {
    file: name,
    ingested,
    skipped: skippedCount,
    seconds: (context.now() - begun) / 1000,
    error,
    // Without a server, the other files would fail too.
    isLast: error?.cause !== undefined && codeOf(error.cause) === 'ECONNREFUSED',
  };
}

async function* rowsOf(file: string, from: number, onNote: (text: string) => Promise<void>): AsyncGenerator<Buffer> {
  const parquet = await openParquet(file);
  try {
    yield* parquet.read(from);
    const columns = [...parquet.base64Columns].map(name => JSON.stringify(name));
    if (columns.length > 0) {
      await onNote(
        `${file}: text that is not valid UTF-8 is stored as base64, in ${columns.length === 1 ? 'the column' : 'the columns'} ` +
          `${columns.join(', ')}; write the file again with UTF-8 text to have it readable`,
      );
    }
  } finally {
    await parquet.close();
  }
}

function describe(name: string, { line, text, reason }: Skipped): string {
  const place = line === undefined ? name : `${name}, line ${line}`;
  const shown = text.length > 60 ? `${text.slice(0, 60)}...` : text;
  return `${place}: ${reason}${shown === '' ? '' : `: ${JSON.stringify(shown)}`}`;
}

function notAnEvent(name: string, bad: Skipped): TelemetryError {
  return new TelemetryError('failure', describe(name, bad), {
    remedy: 'All events before it are stored. Fix it and run this again, or skip such events with --on-error skip.',
  });
}

function asTelemetryError(name: string, thrown: unknown): TelemetryError {
  if (thrown instanceof TelemetryError) return thrown;
  if (codeOf(thrown) === undefined) throw thrown;
  return new TelemetryError('failure', `cannot read ${name}: ${messageOf(thrown)}`, { cause: thrown });
}
