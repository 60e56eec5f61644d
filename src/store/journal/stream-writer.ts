import type { TelemetryError } from '../../core/errors.js';
import type { EventSink } from '../../core/event.js';
import type { SourceState } from '../../core/source.js';

/** The progress of an open stream: stored events, pending events, and the error that ended it. */
export interface StreamProgress {
  /** Events of the stream on disk. */
  readonly stored: number;
  /** Events that were there already, by their event_id or by their number in their source. */
  readonly duplicates: number;
  /** Of the duplicates, those that were there by their number. */
  readonly repeated: number;
  /** Events of a denied type: acknowledged, and not stored. */
  readonly denied: number;
  /** Events appended and not yet on disk. */
  readonly pending: number;
  /** Set when the journal failed: what was pending then is not stored, and the stream can only be closed. */
  readonly error: TelemetryError | undefined;
}

/** The progress of a stream that was just opened. */
export const NO_PROGRESS: StreamProgress = {
  stored: 0,
  duplicates: 0,
  repeated: 0,
  denied: 0,
  pending: 0,
  error: undefined,
};

/** One connection or POST that appends events. */
export interface StreamWriter extends StreamProgress {
  readonly id: number;
  /** Appends one event; the bytes are copied. It is on disk when `pending` says so. */
  readonly append: EventSink;
  /**
   * Makes the following events those of a source: an event whose number is stored already is not stored again, but counted
   * as a duplicate. The position moves in the commit that stores the events.
   * @returns what to call before each event with its number, which is greater than those before, whatever the processors
   * then make of it.
   */
  beginSource(state: SourceState): (number: number) => void;
  /** Ends the stream. `onProgress` is called once more, when all of it is on disk (`closed`) or has failed. */
  close(): void;
}

/** Called after each commit with a part of the stream; `closed` is true on the last call. */
export type OnProgress = (stream: StreamWriter, closed: boolean) => void;
