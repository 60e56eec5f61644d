import { csvRows } from '../csv/rows.js';
import type { EventSink } from '../../core/event.js';
import { DecodeError, type Decoder, type DecoderOptions } from '../decoder.js';
import { jsonStream } from '../json/stream.js';
import { FormOrJson } from '../text/log-record-form.js';
import { otlpDocuments } from '../otlp/documents.js';
import { textLines } from '../text/lines.js';
import { TextOrJson } from '../text/text-or-json.js';

/** Options of {@link decoderFor}. */
export interface MediaOptions extends DecoderOptions {
  /** True when an OTLP document is one event: its sender counts it as one. */
  readonly keepsDocuments?: boolean;
}

/**
 * The decoder for a Content-Type. An unknown type is a stream of JSON values: the protocol's first clients send no
 * type. So is the form that `curl -d` declares. An OTLP document among JSON values yields its events: see {@link
 * otlpDocuments}.
 * @param format requested by the sender, whatever the type: `text` keeps every line as text.
 * @throws DecodeError `unsupported_media` for a charset other than UTF-8, or an unknown format.
 */
export function decoderFor(
  contentType: string | undefined,
  sink: EventSink,
  options: MediaOptions,
  format?: string,
): Decoder {
  checkCharset(contentType);
  if (format === 'text') return textLines(sink, options);
  if (format !== undefined) {
    throw new DecodeError('unsupported_media', `format "${format}" is not known; format=text keeps lines as text`);
  }
  switch (mediaType(contentType)) {
    case 'text/plain':
      return new TextOrJson(jsonSink(sink, options), options);
    case 'text/csv':
      return csvRows(sink, options);
    case 'application/x-www-form-urlencoded':
      return new FormOrJson(jsonSink(sink, options), options);
    case 'application/json':
      return jsonStream(jsonSink(sink, options), { ...options, elements: true });
    default:
      return jsonStream(jsonSink(sink, options), options);
  }
}

/** The media type of a Content-Type, without parameters, in lower case. */
function mediaType(contentType = ''): string {
  const parameters = contentType.indexOf(';');
  return (parameters < 0 ? contentType : contentType.slice(0, parameters)).trim().toLowerCase();
}

function jsonSink(sink: EventSink, options: MediaOptions): EventSink {
  return options.keepsDocuments ? sink : otlpDocuments(sink, options);
}

/** Checks the charset. @throws DecodeError `unsupported_media` when a Content-Type names a charset other than UTF-8. */
export function checkCharset(contentType: string | undefined): void {
  // Most have no parameters.
  if (contentType?.includes(';') !== true) return;
  const charset = /;\s*charset\s*=\s*"?([^";\s]+)/.exec(contentType.toLowerCase())?.[1];
  if (charset !== undefined && !['utf-8', 'utf8', 'us-ascii', 'ascii'].includes(charset)) {
    throw new DecodeError('unsupported_media', `charset "${charset}" is not supported; send UTF-8`);
  }
}
