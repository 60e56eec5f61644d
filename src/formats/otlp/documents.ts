import type { EventSink } from '../../core/event.js';
import { MAX_OTLP_REQUEST_BYTES } from '../../core/limits.js';
import { DecodeError } from '../decoder.js';
import { OtlpDecoder, type OtlpDocument, type Rejections } from './decode.js';
import { documentKind, type DocumentKind } from './document-kind.js';
import type { Signal } from './messages.js';

/** Options of {@link otlpDocuments}. */
export interface DocumentOptions {
  /** The limit of a document's events, in bytes. */
  readonly maxEventBytes: number;
  /** Called with the records left out, before the others are emitted. Without it, they make their document an error. */
  readonly onRejected?: ((rejections: Rejections) => void) | undefined;
}

/** The beginning of a request around the part of one resource. */
const REQUEST_STARTS: Readonly<Record<Signal, string>> = {
  traces: '{"resourceSpans":[',
  logs: '{"resourceLogs":[',
  metrics: '{"resourceMetrics":[',
};

/**
 * A sink for JSON values that may be OTLP documents, as written by the file exporters of the collector and of SDKs: a
 * line, or a file, is an ExportTraceServiceRequest or the like. Its spans, log records and data points become events as
 * those of a request; any other value is forwarded unchanged. Events of a document are emitted only after all of it was
 * read.
 * @throws DecodeError from the sink for a document that cannot be read
 */
export function otlpDocuments(sink: EventSink, { maxEventBytes, onRejected }: DocumentOptions): EventSink {
  let decoder: OtlpDecoder | undefined;

  function read(signal: Signal, json: Uint8Array): OtlpDocument {
    decoder ??= new OtlpDecoder(maxEventBytes);
    try {
      return decoder.decodeDocument(signal, json);
    } catch (error) {
      throw error instanceof DecodeError ? withoutPlace(error) : error;
    }
  }

  function takeDocument(json: Uint8Array, { signal, isBare }: DocumentKind): void {
    const document = read(signal, isBare ? requestOf(signal, json) : json);
    try {
      const { rejections } = document;
      if (rejections.first && !onRejected) throw withoutPlace(rejections.first);
      if (rejections.first) onRejected?.(rejections);
      document.handOn(sink);
    } finally {
      document.release();
    }
  }

  return (bytes, start, end, meta) => {
    const kind = documentKind(bytes, start, end);
    if (kind) takeDocument(bytes.subarray(start, end), kind);
    else sink(bytes, start, end, meta);
  };
}

/**
 * True for an OTLP document of at most {@link MAX_OTLP_REQUEST_BYTES}, complete or so far, whose reader accepts no
 * other values.
 */
export function isDocument(bytes: Uint8Array, start: number, length: number): boolean {
  return length <= MAX_OTLP_REQUEST_BYTES && documentKind(bytes, start, start + length) !== undefined;
}

function requestOf(signal: Signal, json: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from(REQUEST_STARTS[signal]), json, Buffer.from(']}')]);
}

/** The error without its offset, which counts from the start of the document. */
function withoutPlace({ reason, message }: DecodeError): DecodeError {
  return new DecodeError(reason, message);
}
