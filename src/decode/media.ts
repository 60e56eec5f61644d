import { csvRows } from './csv.js';
import type { EventSink } from '../core/event.js';
import { DecodeError, type Decoder, type DecoderOptions } from './decoder.js';
import { jsonStream } from './json-stream.js';
import { otlpDocuments } from './otlp/documents.js';
import { textLines } from './text-lines.js';

/** Options of {@link decoderFor}. */
export interface MediaOptions extends DecoderOptions {
  /** True where an OTLP document is one event: its sender counts it as one. */
  readonly keepsDocuments?: boolean;
}

/**
 * The decoder for a Content-Type. Anything that is not `text/plain` or `text/csv` is taken as a stream of JSON values:
 * `curl -d` says `application/x-www-form-urlencoded`, and the protocol's first clients say nothing. An OTLP document
 * among them is the events that it holds: see {@link otlpDocuments}.
 * @throws DecodeError `unsupported_media` for a charset other than UTF-8.
 */
export function decoderFor(contentType: string | undefined, sink: EventSink, options: MediaOptions): Decoder {
  checkCharset(contentType);
  const [type = ''] = contentType?.toLowerCase().split(';', 1) ?? [];
  switch (type.trim()) {
    case 'text/plain':
      return textLines(sink, options);
    case 'text/csv':
      return csvRows(sink, options);
    case 'application/json':
      return jsonStream(jsonSink(sink, options), { ...options, elements: true });
    default:
      return jsonStream(jsonSink(sink, options), options);
  }
}

function jsonSink(sink: EventSink, options: MediaOptions): EventSink {
  return options.keepsDocuments ? sink : otlpDocuments(sink, options);
}

/** @throws DecodeError `unsupported_media` when a Content-Type names a charset other than UTF-8. */
export function checkCharset(contentType: string | undefined): void {
  const charset = /;\s*charset\s*=\s*"?([^";\s]+)/.exec(contentType?.toLowerCase() ?? '')?.[1];
  if (charset !== undefined && !['utf-8', 'utf8', 'us-ascii', 'ascii'].includes(charset)) {
    throw new DecodeError('unsupported_media', `charset "${charset}" is not supported; send UTF-8`);
  }
}
