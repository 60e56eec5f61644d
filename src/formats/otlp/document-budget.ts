import { MAX_DOCUMENT_BYTES, MAX_DOCUMENT_BUFFERED_BYTES } from '../../core/limits.js';
import { DecodeError } from '../decoder.js';
import { documentKind } from './document-kind.js';
import type { Signal } from './messages.js';

/** The memory for OTLP documents over the event limit in one stream. */
export interface DocumentAllowance {
  /**
   * True when a value, complete or so far, may exceed the event limit: see DecoderOptions.
   * @throws DecodeError `busy`, `event_too_large`
   */
  readonly mayExceed: (bytes: Uint8Array, start: number, length: number) => boolean;
  /** Releases the memory at the end of the stream. */
  readonly close: () => void;
}

/** Creates the allowances of streams that share {@link MAX_DOCUMENT_BUFFERED_BYTES}. */
export function documentBudget(): () => DocumentAllowance {
  let heldByAll = 0;
  return () => {
    /** The longest document of the stream so far: its buffer does not shrink. */
    let held = 0;
    return {
      mayExceed(bytes, start, length) {
        const kind = documentKind(bytes, start, start + length);
        if (!kind) return false;
        if (length > MAX_DOCUMENT_BYTES) throw tooLarge(kind.signal);
        const more = Math.max(0, length - held);
        if (heldByAll + more > MAX_DOCUMENT_BUFFERED_BYTES) {
          throw new DecodeError('busy', 'too much is being received at once; try again');
        }
        held += more;
        heldByAll += more;
        return true;
      },
      close() {
        heldByAll -= held;
        held = 0;
      },
    };
  };
}

function tooLarge(signal: Signal): DecodeError {
  const message = `an OTLP document is larger than ${MAX_DOCUMENT_BYTES} bytes; send it to /v1/${signal}, or import the file with telemetry ingest`;
  return new DecodeError('event_too_large', message);
}
