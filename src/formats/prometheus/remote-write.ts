import type { EventSink } from '../../core/event.js';
import { DecodeError, type Decoder, type DecoderOptions } from '../decoder.js';
import { jsonEvents } from '../json/events.js';
import { loadSnappy, type SnappyUncompress } from '../compression/snappy.js';
import type { KnownFamilies } from './known-families.js';
import { writtenEvents } from './remote-write-events.js';
import { readWriteRequest } from './remote-write-messages.js';

/** The largest request, in bytes, before and after decompression: the limit of Prometheus itself. */
export const MAX_WRITE_BYTES = 32 * 1024 * 1024;

/** Events between two turns of the event loop: some milliseconds of work. */
const EVENTS_A_TURN = 250;

/** The results for the parts of a request. */
export interface Written {
  samples: number;
  histograms: number;
  exemplars: number;
  /** Events and series that were left out. */
  refused: number;
  /** The error of the first of them. */
  firstProblem: DecodeError | undefined;
}

/** Options of {@link remoteWrite}. */
export interface RemoteWriteOptions extends DecoderOptions {
  /** 1 for prometheus.WriteRequest, 2 for io.prometheus.write.v2.Request. */
  readonly version: 1 | 2;
  /** True when the body is a Snappy block; otherwise it is the message itself. */
  readonly isSnappy: boolean;
  readonly known: KnownFamilies;
  /** Counters, updated as events are emitted. */
  readonly written: Written;
}

/**
 * Decodes a request of Prometheus remote write, versions 1.0 and 2.0, into events of type metric. An invalid series or
 * sample affects only itself.
 * @throws DecodeError when the body is not such a request, before any event is emitted.
 */
export function remoteWrite(sink: EventSink, options: RemoteWriteOptions): Decoder {
  const { version, isSnappy, known, written } = options;
  const chunks: Uint8Array[] = [];
  let length = 0;
  let snappy: Promise<SnappyUncompress> | undefined;

  function refuse(error: DecodeError): void {
    written.refused++;
    written.firstProblem ??= error;
  }

  return {
    write(chunk) {
      length += chunk.length;
      if (length > MAX_WRITE_BYTES) {
        throw new DecodeError(
          'request_too_large',
          `a request has more than ${MAX_WRITE_BYTES} bytes; send it in parts`,
        );
      }
      chunks.push(chunk.slice());
      if (isSnappy) snappy ??= loadSnappy();
    },
    async end() {
      const body = Buffer.concat(chunks.splice(0), length);
      const uncompress = isSnappy ? await (snappy ?? loadSnappy()) : undefined;
      const request = readWriteRequest(uncompress?.(body, MAX_WRITE_BYTES) ?? body, version);
      const emit = jsonEvents(sink, options);
      let count = 0;
      for (const event of writtenEvents(request, known)) {
        if (++count % EVENTS_A_TURN === 0) await new Promise(resolve => setImmediate(resolve));
        if ('problem' in event) {
          refuse(new DecodeError('invalid_metrics', event.problem));
          continue;
        }
        try {
          emit(event.json);
        } catch (error) {
          if (!(error instanceof DecodeError) || ENDS_THE_REQUEST.has(error.reason)) throw error;
          refuse(error);
          continue;
        }
        written.samples += event.samples;
        written.histograms += event.histograms;
        written.exemplars += event.exemplars;
      }
    },
  };
}

/** Errors of the request as a whole, rather than of one event. */
const ENDS_THE_REQUEST: ReadonlySet<DecodeError['reason']> = new Set(['busy', 'request_too_large']);
