import { messageOf, TelemetryError } from '../../core/errors.js';
import type { Segment } from '../catalog/segments.js';
import type { Engine } from './engine.js';

/** Payloads held at once: with DuckDB's copies of them, some 100 MB. */
export const MAX_BATCH_BYTES = 24 * 1024 * 1024;

/** Payloads of a batch that DuckDB reads from files: it holds one row group of them at a time. */
export const MAX_LINES_BYTES = 2 * MAX_BATCH_BYTES;

/**
 * Events larger than this count as heavy: DuckDB works on up to 2048 rows at once and holds each value several times.
 */
export const HEAVY_EVENT_BYTES = 8 * 1024;

/** The payloads of heavy events that are worked on at once. */
export const MAX_HEAVY_BYTES = 6 * 1024 * 1024;

/** Approximate number of copies of a value that DuckDB holds while all values fit one of its vectors. */
export const MEMORY_FACTOR = 16;

/** DuckDB's error as it is, and as it passes through a function of ours. */
const OUT_OF_MEMORY = /^(?:Out of Memory Error|Invalid Input Error: \{"exception_type":"Out of Memory")/;

/** True for DuckDB's error of a memory limit that is too low, which does not mean that a file is damaged. */
export function isOutOfMemory(error: unknown): boolean {
  if (OUT_OF_MEMORY.test(messageOf(error))) return true;
  return error instanceof Error && error.cause !== undefined && isOutOfMemory(error.cause);
}

/**
 * Does work that can be done again; where the engine's memory is too small, it gets twice as much and the work is
 * repeated.
 * @param what names the work in the error: "merging 8 segments".
 * @throws TelemetryError `failure` when the engine grows no more; what the work throws.
 */
export async function withRoom<T>(engine: Engine, what: string, work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isOutOfMemory(error)) throw error;
      if (!(await engine.grow())) throw tooLittleMemory(what, error);
    }
  }
}

/**
 * The number of events of a segment to process at once, so that their payloads fit the memory; Infinity for light ones.
 */
export function eventsAtOnce({ events, types }: Pick<Segment, 'events' | 'types'>): number {
  const bytes = Object.values(types).reduce((sum, count) => sum + count.bytes, 0) / events;
  return bytes > HEAVY_EVENT_BYTES ? Math.max(1, Math.floor(MAX_HEAVY_BYTES / bytes)) : Infinity;
}

/** A part of a segment: its events with ids in `(afterId, lastId]`. */
export interface Part {
  readonly afterId: number;
  readonly lastId: number;
}

/** The properties of a segment that {@link inParts} needs. */
export interface PartSource {
  readonly segment: Pick<Segment, 'file' | 'events' | 'types' | 'firstId' | 'lastId'>;
  readonly engine: Engine;
  /** A query for the ids of its events. */
  readonly ids: string;
  /** The most events of a part. */
  readonly most: number;
  /** Wraps work during which the query can be run; by default it only calls the work. */
  readonly reading?: (work: () => Promise<number>) => Promise<number>;
}

/**
 * Does work on a segment part by part. A part that takes more memory than the engine has is done again in smaller ones,
 * down to a single event, for which the engine may grow.
 * @throws TelemetryError `failure` where a single event takes more; what the work throws.
 */
export async function inParts(source: PartSource, work: (part: Part) => Promise<void>): Promise<void> {
  const { segment, engine } = source;
  let most = Math.min(source.most, segment.events);
  for (let afterId = segment.firstId - 1; afterId < segment.lastId;) {
    try {
      const lastId = await endOfPart(source, afterId, most);
      await work({ afterId, lastId });
      afterId = lastId;
    } catch (error) {
      if (!isOutOfMemory(error)) throw error;
      if (most === 1 && !(await engine.grow())) throw tooLittleMemory(`an event of ${segment.file}`, error);
      most = Math.max(1, Math.floor(most / SMALLER));
    }
  }
}

/** By how much smaller the parts get. */
const SMALLER = 4;

/** The ids alone: where they are a column, the payloads of later events are not read for it. */
async function endOfPart(source: PartSource, afterId: number, most: number): Promise<number> {
  const { segment, engine, ids, reading } = source;
  if (most >= segment.events) return segment.lastId;
  const connection = await engine.connection();
  const find = async (): Promise<number> => {
    const reader = await connection.runAndReadAll(
      `select max(id)::double from (select id from (${ids}) where id > ${afterId} order by id limit ${most})`,
    );
    return (reader.getRows()[0]![0] as number | null) ?? segment.lastId;
  };
  return reading ? reading(find) : find();
}

function tooLittleMemory(what: string, cause: unknown): TelemetryError {
  return new TelemetryError('failure', `there is too little memory for ${what}`, {
    remedy: 'Allow more: --archive-memory 1GiB. Nothing is wrong with the file.',
    cause,
  });
}
