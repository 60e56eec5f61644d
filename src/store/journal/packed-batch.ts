/*
 * Batches and their outcomes as they cross threads. A post of one event opens and closes a stream and is a run, so that
 * a structured clone of such objects costs more than the insert: numbers cross in typed arrays, and the texts that
 * streams share once.
 */
import type { SourceState } from '../../core/source.js';
import type { BatchOutcome } from './appender.js';
import type { Batch, NumberedSource, Run, StreamClosing, StreamOpening } from './batch.js';

/** The texts of a stream, which most streams of a sender share. */
type StreamTexts = Omit<StreamOpening, 'id' | 'startedAt'>;

/** A {@link Batch} of few objects. */
export interface PackedBatch extends Pick<Batch, 'bytes' | 'meta'> {
  /**
   * The numbers of openings, closings and runs, and then their numbers. An opening has its id, when it began, and the
   * index of its texts; a closing its id, and when it ended; a run its stream, when it was received, its events, and the
   * index of its source or -1.
   */
  readonly numbers: Float64Array<ArrayBuffer>;
  readonly texts: readonly StreamTexts[];
  readonly numbered: readonly NumberedSource[];
  readonly marks: readonly SourceState[];
}

const COUNTS = 3;
const NUMBERS_PER_OPENING = 3;
const NUMBERS_PER_CLOSING = 2;
const NUMBERS_PER_RUN = 4;
const NUMBERS_PER_OUTCOME = 4;

/** Packs a batch, whose bytes and meta it shares. */
export function packBatch({ bytes, meta, opened, closed, runs, marks }: Batch): PackedBatch {
  const numbers = new Float64Array(
    COUNTS + opened.length * NUMBERS_PER_OPENING + closed.length * NUMBERS_PER_CLOSING + runs.length * NUMBERS_PER_RUN,
  );
  let at = 0;
  numbers[at++] = opened.length;
  numbers[at++] = closed.length;
  numbers[at++] = runs.length;
  const texts: StreamTexts[] = [];
  for (const opening of opened) {
    if (!sharesTexts(texts.at(-1), opening)) texts.push(textsOf(opening));
    numbers[at++] = opening.id;
    numbers[at++] = opening.startedAt;
    numbers[at++] = texts.length - 1;
  }
  for (const { id, endedAt } of closed) {
    numbers[at++] = id;
    numbers[at++] = endedAt;
  }
  const numbered: NumberedSource[] = [];
  for (const run of runs) {
    numbers[at++] = run.stream;
    numbers[at++] = run.receivedAt;
    numbers[at++] = run.count;
    numbers[at++] = run.numbered ? numbered.push(run.numbered) - 1 : -1;
  }
  return { bytes, meta, numbers, texts, numbered, marks };
}

/** The batch that {@link packBatch} packed. */
export function unpackBatch({ bytes, meta, numbers, texts, numbered, marks }: PackedBatch): Batch {
  let at = 0;
  const next = (): number => numbers[at++]!;
  const [openings, closings, runs] = [next(), next(), next()];
  return {
    bytes,
    meta,
    opened: repeat(openings, (): StreamOpening => {
      const [id, startedAt] = [next(), next()];
      const { transport, remote, path, headers, origin } = texts[next()]!;
      return { id, startedAt, transport, remote, path, headers, origin };
    }),
    closed: repeat(closings, (): StreamClosing => ({ id: next(), endedAt: next() })),
    runs: repeat(runs, (): Run => ({ stream: next(), receivedAt: next(), count: next(), numbered: numbered[next()] })),
    marks,
  };
}

function sharesTexts(
  last: StreamTexts | undefined,
  { transport, remote, path, headers, origin }: StreamTexts,
): boolean {
  return (
    last?.headers === headers &&
    last.path === path &&
    last.remote === remote &&
    last.transport === transport &&
    last.origin === origin
  );
}

function textsOf({ transport, remote, path, headers, origin }: StreamTexts): StreamTexts {
  return { transport, remote, path, headers, origin };
}

/** Packs the outcomes of a batch into four numbers a run; NaN for a run that was skipped. */
export function packOutcome(outcome: BatchOutcome): Float64Array<ArrayBuffer> {
  const packed = new Float64Array(outcome.length * NUMBERS_PER_OUTCOME);
  let at = 0;
  for (const run of outcome) {
    packed[at++] = run?.stored ?? NaN;
    packed[at++] = run?.duplicates ?? NaN;
    packed[at++] = run?.repeated ?? NaN;
    packed[at++] = run?.denied ?? NaN;
  }
  return packed;
}

/** The outcomes that {@link packOutcome} packed. */
export function unpackOutcome(packed: Float64Array): BatchOutcome {
  let at = 0;
  const next = (): number => packed[at++]!;
  return repeat(packed.length / NUMBERS_PER_OUTCOME, () => {
    const [stored, duplicates, repeated, denied] = [next(), next(), next(), next()];
    return Number.isNaN(stored) ? null : { stored, duplicates, repeated, denied };
  });
}

/** The results of `count` calls of `make`, in their order. */
function repeat<T>(count: number, make: () => T): T[] {
  const all: T[] = [];
  for (let i = 0; i < count; i++) all.push(make());
  return all;
}
