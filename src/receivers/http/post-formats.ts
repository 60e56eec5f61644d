import type { IncomingMessage } from 'node:http';
import type { EventSink } from '../../core/event.js';
import { SOURCE_HEADERS } from '../../core/source.js';
import { MAX_BUFFERED_REQUEST_BYTES } from '../../core/limits.js';
import { DecodeError, type Decoder, type DecoderOptions } from '../../formats/decoder.js';
import { activityEvents } from '../../formats/envelopes/activity.js';
import { sourceEnvelopes } from '../../formats/envelopes/source.js';
import { wideEvents, type ItemResult } from '../../formats/envelopes/wide.js';
import { checkCharset, decoderFor } from '../../formats/media/decoder-for.js';
import { documentBudget } from '../../formats/otlp/document-budget.js';
import type { Success } from './reply.js';
import type { IntakeCounts } from '../intake.js';

/** A request that is being decoded. */
export interface Posted {
  readonly decoder: Decoder;
  success(): Success;
  /** Releases resources. Called once, also after an error. */
  close?(): void;
}

/** The body format of a path. */
export interface PostFormat {
  /** True to store a request completely or not at all; otherwise its events are stored while they arrive. */
  readonly isBuffered: boolean;
  /** The part of the Content-Encoding to undo before the decoder; by default all of it. */
  readonly contentEncoding?: (request: IncomingMessage) => string;
  /** @throws DecodeError `unsupported_media` or `invalid_event` for invalid headers or an invalid path. */
  open(request: IncomingMessage, sink: EventSink, options: DecoderOptions): Posted;
}

const ok = (): Success => ({ status: 200 });

/** `POST /`: a stream of events in the format of its Content-Type. From a source that numbers its events, an OTLP document is one event. */
export function eventStreamFormat(): PostFormat {
  const allowanceOf = documentBudget();
  return {
    isBuffered: false,
    open({ headers, url = '' }, sink, { maxEventBytes, knownObjects }) {
      const keepsDocuments = headers[SOURCE_HEADERS.source] !== undefined;
      const { mayExceed, close } = allowanceOf();
      const limits = { maxEventBytes, knownObjects, keepsDocuments, mayExceed: keepsDocuments ? undefined : mayExceed };
      const format = queryOf(url).get('format') ?? undefined;
      const decoder = decoderFor(headers['content-type'], sink, limits, format);
      return { decoder, success: ok, close };
    },
  };
}

/** Activity events: see {@link activityEvents}. */
export function activityFormat(truncateOversize: boolean): PostFormat {
  return {
    isBuffered: true,
    open({ headers }, sink, options) {
      checkCharset(headers['content-type']);
      const decoder = activityEvents(sink, {
        ...options,
        maxRequestBytes: MAX_BUFFERED_REQUEST_BYTES,
        truncateOversize,
      });
      return { decoder, success: ok };
    },
  };
}

/** Source envelopes, whose kind may be the last part of the path: see {@link sourceEnvelopes}. */
export const sourceFormat: PostFormat = {
  isBuffered: true,
  open({ headers, url }, sink, options) {
    checkCharset(headers['content-type']);
    const kind = kindOf(url ?? '');
    const decoder = sourceEnvelopes(sink, { ...options, maxRequestBytes: MAX_BUFFERED_REQUEST_BYTES, kind });
    return { decoder, success: () => ({ status: 202 }) };
  },
};

/** Wide events, with a result for each: see {@link wideEvents}. */
export function wideFormat(counts: IntakeCounts): PostFormat {
  return {
    isBuffered: true,
    open({ headers }, sink, options) {
      checkCharset(headers['content-type']);
      const results: ItemResult[] = [];
      const decoder = wideEvents(sink, {
        ...options,
        maxRequestBytes: MAX_BUFFERED_REQUEST_BYTES,
        onItem(result, error) {
          results.push(result);
          if (error) counts.refused(error.reason);
        },
      });
      return { decoder, success: () => wideSuccess(results) };
    },
  };
}

/** The reply for wide events. Clients of that API read `error`, `message` and `errorData` (errors by index). */
function wideSuccess(results: readonly ItemResult[]): Success {
  const refused = results.filter(({ ok }) => !ok);
  const isNone = refused.length > 0 && refused.length === results.length;
  const some = `${refused.length} of ${results.length} events refused, the others stored`;
  const message = refused.length === 0 ? 'all events stored' : isNone ? 'no event stored' : some;
  const errorData = Object.fromEntries(refused.map(({ index, error }) => [String(index), [error]]));
  return {
    status: refused.length === 0 ? 200 : isNone ? 400 : 207,
    more: {
      error: refused.length > 0,
      message,
      ...(refused.length > 0 ? { errorData } : {}),
      results,
    },
  };
}

/** The query of a request target. Without one, returns a shared object. */
function queryOf(url: string): URLSearchParams {
  const at = url.indexOf('?');
  return at < 0 ? NO_QUERY : new URLSearchParams(url.slice(at + 1));
}

const NO_QUERY = new URLSearchParams();

/** The kind in a path, such as `hosts` in `/api/collect/hosts`; undefined without one. */
function kindOf(url: string): string | undefined {
  const [path = ''] = url.split('?', 1);
  const part = /\/api\/collect\/([^/]+)$/.exec(path)?.[1];
  if (part === undefined) return undefined;
  try {
    return decodeURIComponent(part);
  } catch (error) {
    if (error instanceof URIError)
      throw new DecodeError('invalid_event', `"${part}" in the path is not percent-encoded UTF-8`);
    throw error;
  }
}
