import { createHash, randomUUID } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { listFeeds, type FeedServer } from '../../client/feed.js';
import { ONCE } from '../../core/source.js';
import { READINGS } from '../../core/input-format.js';
import { evidenceOf, type Evidence } from '../shared/fingerprint.js';
import type { Feeder } from '../shared/feeder.js';
import { findFeed, identityOf } from '../shared/find-source.js';
import { isFile, type FileInput, type Input } from '../shared/input.js';
import type { Place } from '../shared/offset.js';
import { readingOf, type AskedReading, type ReadAs } from './input-format.js';
import { followText } from './text-trail.js';

/** The feeds of imported files. */
const KIND = 'ingest';

/** How long a server that is away or busy is waited for, in milliseconds: a restart takes some seconds. */
export const PATIENCE_MS = 60_000;

/** What an import was asked for. */
export interface Asked {
  /** What the user said; without a type, the file's name and beginning tell it. */
  readonly readAs: AskedReading;
  /** What is done to the events, in words that change with it. */
  readonly how: string;
  /** True when what was imported before is imported once more. */
  readonly again: boolean;
  /** Takes a sentence for the user. */
  readonly onNote: (text: string) => Promise<void>;
}

/** Where an import begins. */
export interface ImportStart {
  readonly source: string;
  readonly readAs: ReadAs;
  /** What is read from there. */
  readonly input: Input;
  readonly at: number;
  readonly checkpoint: string;
  readonly stored: number;
  /** The number of the last event before this file's first. */
  readonly begun: number;
  readonly offset: number;
  readonly lines: number;
  checkpointAt(feeder: Feeder, place?: { offset: number; lines: number }, good?: number): Promise<string>;
}

/** Finds out how far an input is stored, and what it is read as: a file keeps the type that it was first imported with. */
export async function findStart(
  input: Input,
  server: FeedServer,
  signal: AbortSignal,
  asked: Asked,
): Promise<ImportStart> {
  if (isFile(input)) return startOfFile(input, server, signal, asked);
  const nothing = { at: 0, stored: 0, begun: 0, offset: 0, lines: 0, checkpoint: '' };
  const source = `${ONCE}${randomUUID()}`;
  return { ...nothing, source, readAs: typeOf(input, asked), input, checkpointAt: () => Promise.resolve('') };
}

async function startOfFile(
  input: FileInput,
  server: FeedServer,
  signal: AbortSignal,
  asked: Asked,
): Promise<ImportStart> {
  const { file, name, isCompressed, size } = input;
  const { again, onNote } = asked;
  const path = await realpath(name);
  const identity = await identityOf(file);
  const feeds = await listFeeds(`${KIND}:`, server, { patience: PATIENCE_MS, signal });
  const { source, stored, place, former } = await findFeed(feeds, { kind: KIND, path, input });
  if (former && !again) await onNote(`${name} was imported before, and its bytes are others now: imports all of it`);
  // A first try that stored nothing may have had the wrong type.
  const before = place && stored > place.begun ? readAsIn(place) : undefined;
  const readAs = before && !(again && differs(asked.readAs, before)) ? before : typeOf(input, asked, before);
  const known = before && !again ? place : undefined;
  if (before && !again) await noteChanges(input, asked, before, place!);
  const { at, offset, lines, begun, bytes } = known ?? { at: stored, offset: 0, lines: 0, begun: stored, bytes: 0 };
  const trail = isCompressed ? followText(input) : undefined;
  const { reading, ...details } = readAs;
  const checkpointOf = async (to: { at: number; offset: number; lines: number }, good: number, text?: Evidence) =>
    JSON.stringify({
      ...(await evidenceOf(file, isCompressed ? size : good)),
      ...to,
      ...(text && { text }),
      begun,
      file: identity,
      reading,
      ...details,
      how: hashOf(asked.how),
    } satisfies Place);
  return {
    source,
    readAs,
    input: trail ? { ...input, chunks: trail.chunks } : input,
    at,
    checkpoint: await checkpointOf({ at, offset, lines }, bytes, known?.text),
    stored,
    begun,
    offset,
    lines,
    async checkpointAt(feeder, to, good) {
      const text = await trail?.evidenceAt(to?.offset ?? good ?? trail.read);
      if (!to) return checkpointOf({ at, offset: 0, lines: 0 }, good ?? input.read, text);
      const isRows = reading === 'parquet';
      return checkpointOf({ at: feeder.position, ...to }, isRows ? size : to.offset, isRows ? undefined : text);
    },
  };
}

/** The type that was asked for, else that of before, else what the file tells. */
function typeOf(input: Input, { readAs }: Asked, before?: ReadAs): ReadAs {
  const { name, beginning: bytes } = input;
  const reading = readAs.reading ?? before?.reading ?? readingOf({ name, bytes, isPipe: !isFile(input) });
  return { ...readAs, reading };
}

function differs(asked: AskedReading, before: ReadAs): boolean {
  return (['reading', 'pattern', 'delimiter', 'each'] as const).some(
    key => asked[key] !== undefined && asked[key] !== before[key],
  );
}

async function noteChanges(
  { name }: Input,
  { readAs, how, onNote }: Asked,
  before: ReadAs,
  place: Place,
): Promise<void> {
  if (differs(readAs, before)) {
    const asked = described({ ...before, ...present(readAs) });
    await onNote(
      `${name} was first imported as ${described(before)}, and keeps that; --again imports all of it as ${asked}`,
    );
  }
  if (place.how !== undefined && place.how !== hashOf(how)) {
    await onNote(
      `${name} was imported before with other --map, --service or --set: these are for what is new in it; --again imports all of it`,
    );
  }
}

/** What was said, without what was not. */
function present(asked: AskedReading): Partial<ReadAs> {
  return Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined));
}

function described({ reading, pattern, delimiter, each }: ReadAs): string {
  const details = [
    pattern !== undefined && `--pattern '${pattern}'`,
    delimiter !== undefined && `--delimiter ${JSON.stringify(delimiter)}`,
    each !== undefined && `--each ${each}`,
  ].filter(text => text !== false);
  return [reading, ...details].join(' ');
}

/** What a place says that the file was read as; undefined when it is a type that this version does not know. */
function readAsIn({ reading: text, pattern, delimiter, each }: Place): ReadAs | undefined {
  // Behind the type there used to be the names of keys.
  const [name] = text.split(' ', 1);
  const reading = READINGS.find(known => known === name);
  return reading && { reading, pattern, delimiter, each };
}

/** What is done to events may hold what --redact keeps out of the store. */
function hashOf(how: string): string {
  return createHash('sha256').update(how).digest('hex').slice(0, 8);
}
