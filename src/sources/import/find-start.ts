import { createHash, randomUUID } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { listSources, type SourceServer } from '../../client/source.js';
import { ONCE } from '../../core/source.js';
import { INPUT_FORMATS } from '../../core/input-format.js';
import { fingerprintOf, type Fingerprint } from '../shared/fingerprint.js';
import type { SourceSender } from '../shared/source-sender.js';
import { findSource, identityOf } from '../shared/find-source.js';
import { isFile, type FileInput, type Input } from '../shared/input.js';
import type { FileOffset } from '../shared/offset.js';
import { formatOf, looksLikeCsv, type RequestedFormat, type ChosenFormat } from './input-format.js';
import { fingerprintText } from './text-fingerprint.js';

/** The kind of the sources of imported files. */
const KIND = 'ingest';

/** An unavailable or busy server is retried this long, in milliseconds: a restart takes some seconds. */
export const PATIENCE_MS = 60_000;

/** A request to import an input. */
export interface ImportRequest {
  /** The format given by the user; without one, the file's name and beginning decide. */
  readonly readAs: RequestedFormat;
  /** Serialized options that change the events. */
  readonly how: string;
  /** True when an earlier import is repeated. */
  readonly again: boolean;
  /** Takes a sentence for the user. */
  readonly onNote: (text: string) => Promise<void>;
}

/** The state that an import begins in. */
export interface ImportStart {
  readonly source: string;
  readonly readAs: ChosenFormat;
  /** The input to read from there. */
  readonly input: Input;
  readonly at: number;
  readonly checkpoint: string;
  readonly stored: number;
  /** The number of the last event before the first of this file. */
  readonly begun: number;
  readonly offset: number;
  readonly lines: number;
  checkpointAt(sender: SourceSender, saved?: { offset: number; lines: number }, good?: number): Promise<string>;
}

/** Finds how much of an input is stored, and its format: a file keeps the format of its first import. */
export async function findStart(
  input: Input,
  server: SourceServer,
  signal: AbortSignal,
  asked: ImportRequest,
): Promise<ImportStart> {
  if (isFile(input)) return startOfFile(input, server, signal, asked);
  const readAs = typeOf(input, asked);
  if (asked.readAs.reading === undefined && readAs.reading === 'text' && looksLikeCsv(input.beginning)) {
    await asked.onNote(`${input.name} is read as text, and each line is a log; --type csv makes an event of each row`);
  }
  const nothing = { at: 0, stored: 0, begun: 0, offset: 0, lines: 0, checkpoint: '' };
  const source = `${ONCE}${randomUUID()}`;
  return { ...nothing, source, readAs, input, checkpointAt: () => Promise.resolve('') };
}

async function startOfFile(
  input: FileInput,
  server: SourceServer,
  signal: AbortSignal,
  asked: ImportRequest,
): Promise<ImportStart> {
  const { file, name, isCompressed, size } = input;
  const { again, onNote } = asked;
  const path = await realpath(name);
  const identity = await identityOf(file);
  const sources = await listSources(`${KIND}:`, server, { patience: PATIENCE_MS, signal });
  const { source, stored, saved, former } = await findSource(sources, { kind: KIND, path, input });
  if (former && !again) await onNote(`${name} was imported before, and its bytes are others now: imports all of it`);
  // A first attempt that stored nothing may have used the wrong format.
  const before = saved && stored > saved.begun ? readAsIn(saved) : undefined;
  const readAs = before && !(again && differs(asked.readAs, before)) ? before : typeOf(input, asked, before);
  const known = before && !again ? saved : undefined;
  if (before && !again) await noteChanges(input, asked, before, saved!);
  const { at, offset, lines, begun, bytes } = known ?? { at: stored, offset: 0, lines: 0, begun: stored, bytes: 0 };
  const builder = isCompressed ? fingerprintText(input) : undefined;
  const { reading, ...details } = readAs;
  const checkpointOf = async (to: { at: number; offset: number; lines: number }, good: number, text?: Fingerprint) =>
    JSON.stringify({
      ...(await fingerprintOf(file, isCompressed ? size : good)),
      ...to,
      ...(text && { text }),
      begun,
      file: identity,
      reading,
      ...details,
      how: hashOf(asked.how),
    } satisfies FileOffset);
  return {
    source,
    readAs,
    input: builder ? { ...input, chunks: builder.chunks } : input,
    at,
    checkpoint: await checkpointOf({ at, offset, lines }, bytes, known?.text),
    stored,
    begun,
    offset,
    lines,
    async checkpointAt(sender, to, good) {
      const text = await builder?.fingerprintAt(to?.offset ?? good ?? builder.read);
      if (!to) return checkpointOf({ at, offset: 0, lines: 0 }, good ?? input.read, text);
      const isRows = reading === 'parquet';
      return checkpointOf({ at: sender.position, ...to }, isRows ? size : to.offset, isRows ? undefined : text);
    },
  };
}

/** The requested format, else that of the earlier import, else the one detected. */
function typeOf(input: Input, { readAs }: ImportRequest, before?: ChosenFormat): ChosenFormat {
  const { name, beginning: bytes } = input;
  if (readAs.reading !== undefined) return { ...readAs, reading: readAs.reading };
  const { reading, mixed } = before ?? formatOf({ name, bytes, isPipe: !isFile(input) });
  return { ...readAs, reading, mixed };
}

function differs(asked: RequestedFormat, before: ChosenFormat): boolean {
  return (['reading', 'pattern', 'delimiter', 'each'] as const).some(
    key => asked[key] !== undefined && asked[key] !== before[key],
  );
}

async function noteChanges(
  { name }: Input,
  { readAs, how, onNote }: ImportRequest,
  before: ChosenFormat,
  saved: FileOffset,
): Promise<void> {
  if (differs(readAs, before)) {
    const asked = described({ ...before, ...present(readAs) });
    await onNote(
      `${name} was first imported as ${described(before)}, and keeps that; --again imports all of it as ${asked}`,
    );
  }
  if (saved.how !== undefined && saved.how !== hashOf(how)) {
    await onNote(
      `${name} was imported before with other --map, --service or --set: these are for what is new in it; --again imports all of it`,
    );
  }
}

/** The options that were given. */
function present(asked: RequestedFormat): Partial<ChosenFormat> {
  return Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined));
}

function described({ reading, pattern, delimiter, each }: ChosenFormat): string {
  const details = [
    pattern !== undefined && `--pattern '${pattern}'`,
    delimiter !== undefined && `--delimiter ${JSON.stringify(delimiter)}`,
    each !== undefined && `--each ${each}`,
  ].filter(text => text !== false);
  return [reading, ...details].join(' ');
}

/** The format stored in a checkpoint; undefined when this version does not know it. */
function readAsIn({ reading: text, pattern, delimiter, each, mixed }: FileOffset): ChosenFormat | undefined {
  // Older versions stored key names after the format.
  const [name] = text.split(' ', 1);
  const reading = INPUT_FORMATS.find(known => known === name);
  return reading && { reading, pattern, delimiter, each, mixed };
}

/** A hash, since the options may hold values that --redact keeps out of the store. */
function hashOf(how: string): string {
  return createHash('sha256').update(how).digest('hex').slice(0, 8);
}
