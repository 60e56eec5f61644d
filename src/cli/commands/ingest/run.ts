import { codeOf, TelemetryError } from '../../../core/errors.js';
import { unreadableFile } from '../../../core/file-error.js';
import { ingest, type Ingested, type Skipped } from '../../../sources/import/import.js';
import { isFile, openInput, type Input } from '../../../sources/shared/input.js';
import { checkFormat } from '../../../sources/import/input-format.js';
import { openParquet } from '../../../query/parquet/rows.js';
import type { Context } from '../../shared/context.js';
import { openReceiver, type Receiver } from '../../shared/receiver.js';
import type { IngestCommandOptions } from './options.js';
import { openMeter } from './meter.js';
import { fileText, problemText, summaryJson, type FileOutcome } from './report.js';

/** Maximum number of skipped events to show. */
const SHOWN_SKIPPED = 3;

const CONTINUES = 'Run it again: it continues where it was, and stores nothing twice.';

/** Imports the files in order. A file that cannot be read does not stop the import of the others. */
export async function run(options: IngestCommandOptions, context: Context): Promise<void> {
  const { streams, signal } = context;
  checkFormat(options.readAs);
  const receiver = await openReceiver({
    command: 'ingest',
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
  const last = outcomes.at(-1);
  const interrupted =
    receiver.isOwn && last?.error?.kind !== 'interrupted' ? await sealRest(receiver, options, context) : undefined;
  if (options.format === 'json') await streams.out.write(summaryJson(outcomes));
  if (interrupted) throw interrupted;
  const failed = outcomes.filter(({ error }) => error);
  if (last?.error && (options.files.length === 1 || last.error.kind === 'interrupted' || last.isLast)) {
    throw last.error;
  }
  if (failed.length > 0) throw notAll(failed.length, options.files.length);
}

/** Seals what is in the journal of a store without a server. Returns the error of an interruption. */
async function sealRest(
  receiver: Receiver,
  { server, format }: IngestCommandOptions,
  context: Context,
): Promise<TelemetryError | undefined> {
  const { sealAfterImport, sealedText, sealingInterrupted } = await import('./seal-after.js');
  const sealed = await sealAfterImport(server, context);
  if (format === 'text') await context.streams.out.write(sealedText([await receiver.directlySealed(), sealed]));
  return sealed?.isComplete === false ? sealingInterrupted() : undefined;
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
  const { streams } = context;
  const begun = context.now();
  const skipped = new SkippedEvents(name, options.isSkipping);
  const { ingested, error } = await tryIngest({ name, receiver, options, context, skipped });
  for (const line of skipped.lines()) await streams.err.write(`skipped: ${line}\n`);
  return {
    file: name,
    ingested,
    skipped: skipped.count,
    seconds: (context.now() - begun) / 1000,
    error,
    // Without a server, the other files would fail too.
    isLast: error?.cause !== undefined && codeOf(error.cause) === 'ECONNREFUSED',
  };
}

interface FileImport {
  readonly name: string;
  readonly receiver: Receiver;
  readonly options: IngestCommandOptions;
  readonly context: Context;
  readonly skipped: SkippedEvents;
}

/** Imports a file. Returns the part that was stored, also after an error. */
async function tryIngest(file: FileImport): Promise<Pick<FileOutcome, 'ingested' | 'error'>> {
  const { name, options, context } = file;
  const { streams, signal } = context;
  let input: Input | undefined;
  let ingested: Ingested | undefined;
  let error: TelemetryError | undefined;
  try {
    if (name === '-' && streams.stdinIsTerminal) {
      await streams.err.write('telemetry: reading from the keyboard; end with Ctrl-D on an empty line\n');
    }
    const needsLine = options.readAs.reading === undefined;
    input = await openInput(name, streams.stdin, { signal, needsLine });
    await ingestInput(input, file, report => (ingested = report));
  } catch (thrown) {
    error = asTelemetryError(name, thrown, input);
  } finally {
    await input?.close();
  }
  return { ingested, error };
}

/** Imports an input and shows its progress. */
async function ingestInput(
  input: Input,
  { receiver, options, context, skipped }: FileImport,
  onReport: (ingested: Ingested) => void,
): Promise<void> {
  const { streams, signal, cwd } = context;
  const { readAs, names, members, again, isSkipping } = options;
  let meter = await openMeter(input, context);
  const note = async (text: string): Promise<void> => {
    meter.stop();
    await streams.err.write(`telemetry: ${text}\n`);
    meter = await openMeter(input, context);
  };
  try {
    await ingest(
      input,
      {
        server: receiver,
        readAs,
        names,
        members,
        cwd,
        again,
        maxEventBytes: options.server.maxEventSize,
        isSkipping,
        signal,
        readParquet: (file, from) => rowsOf(file, from, note),
        onSkipped: bad => skipped.add(bad),
        onNote: note,
        onProgress: progress => meter.show(progress),
        openDirect: async (journal, giveUp) => (await receiver.directImport())?.open(journal, giveUp),
        directFromBytes: directFrom(context),
      },
      onReport,
    );
  } finally {
    meter.stop();
  }
}

/** A variable for tests that import small files both ways. */
const DIRECT_VARIABLE = 'TELEMETRY_INGEST_DIRECT_BYTES';

function directFrom({ env }: Context): number | undefined {
  const bytes = env[DIRECT_VARIABLE];
  return bytes === undefined ? undefined : Number(bytes);
}

/** The events of a file that are skipped, the first of which are shown. */
class SkippedEvents {
  readonly #name: string;
  readonly #isSkipping: boolean;
  readonly #shown: Skipped[] = [];
  #count = 0;

  constructor(name: string, isSkipping: boolean) {
    this.#name = name;
    this.#isSkipping = isSkipping;
  }

  get count(): number {
    return this.#count;
  }

  /** @throws TelemetryError `failure` unless invalid events are to be skipped. */
  add(bad: Skipped): void {
    if (!this.#isSkipping) throw notAnEvent(this.#name, bad);
    this.#count++;
    if (this.#shown.length < SHOWN_SKIPPED) this.#shown.push(bad);
  }

  lines(): string[] {
    const shown = this.#shown.map(bad => describe(this.#name, bad));
    const more = this.#count - shown.length;
    return more > 0 ? [...shown, `${more} more in ${this.#name}`] : shown;
  }
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
  const way = bad.isTooLarge
    ? 'Raise the limit with --max-event-size, which a running server has as well, or skip such events with --on-error skip.'
    : name === '-'
      ? 'A pipe cannot be continued: skip such events with --on-error skip.'
      : 'Fix it and run this again, or skip such events with --on-error skip.';
  return new TelemetryError('failure', describe(name, bad), {
    remedy: `All events before it are stored. ${way}`,
  });
}

function asTelemetryError(name: string, thrown: unknown, input: Input | undefined): TelemetryError {
  if (thrown instanceof TelemetryError) return withWayOn(thrown, input);
  if (codeOf(thrown) === undefined) throw thrown;
  return unreadableFile(name, thrown);
}

/** An error with a remedy, which an interruption has none of where it is thrown. */
function withWayOn(error: TelemetryError, input: Input | undefined): TelemetryError {
  const { kind, message, remedy, cause } = error;
  if (kind !== 'interrupted' || remedy !== undefined) return error;
  const isPipe = input !== undefined && !isFile(input);
  return new TelemetryError(kind, message, {
    remedy: isPipe ? 'A pipe cannot be read again: the next import of one stores all that it reads.' : CONTINUES,
    cause,
  });
}
