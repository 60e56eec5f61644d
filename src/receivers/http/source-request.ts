import type { IncomingHttpHeaders } from 'node:http';
import { ENCODING, type EventMeta, type EventSink } from '../../core/event.js';
import { RangeReader } from '../../core/number-ranges.js';
import { FORWARD_HEADERS, SOURCE_HEADERS, type SourceState } from '../../core/source.js';
import { DecodeError } from '../../formats/decoder.js';
import type { StreamWriter } from '../../store/journal/stream-writer.js';
import type { Intake } from '../intake.js';
import type { Failure } from './reply.js';

/** The events of a POST from a source that numbers them. */
export interface SourceRequest {
  readonly sink: EventSink;
  /** The number of the last received event, stored or not. */
  readonly position: number;
}

/** The source of a POST, from its headers. */
export interface SourceHeaders extends SourceState {
  /** See {@link SOURCE_HEADERS}; undefined for consecutive numbers. */
  readonly numbers: string | undefined;
  readonly binary: string | undefined;
}

/** Ids of stores. */
const ORIGIN = /^[\da-f]{1,64}(?:,[\da-f]{1,64}){0,31}$/;

/** A base64 text in JSON (RFC 4648, section 4). */
const BASE64 = /^"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?"$/;

/**
 * Reads the state of the source from the headers of a POST. Returns undefined without these headers, null when they are
 * invalid.
 */
export function sourceHeadersOf(headers: IncomingHttpHeaders): SourceHeaders | undefined | null {
  if (headers[SOURCE_HEADERS.source] === undefined) return undefined;
  const [source, position, checkpoint = '', numbers, binary] = [
    SOURCE_HEADERS.source,
    SOURCE_HEADERS.position,
    SOURCE_HEADERS.checkpoint,
    SOURCE_HEADERS.numbers,
    SOURCE_HEADERS.binary,
  ].map(name => headers[name] as string | undefined);
  if (source === undefined || source === '' || position === undefined || !/^\d{1,15}$/.test(position)) return null;
  try {
    for (const ranges of [numbers, binary]) if (ranges !== undefined) new RangeReader(ranges);
    return {
      source: decodeURIComponent(source),
      position: Number(position),
      checkpoint: decodeURIComponent(checkpoint),
      numbers,
      binary,
    };
  } catch (error) {
    if (error instanceof URIError || error instanceof RangeError) return null;
    throw error;
  }
}

/** The stores that the events of a POST have passed; undefined where the header is absent or invalid. */
function originIn(headers: IncomingHttpHeaders): string | undefined {
  const origin = headers[FORWARD_HEADERS.origin] as string | undefined;
  return origin !== undefined && ORIGIN.test(origin) ? origin : undefined;
}

/** The opening of a stream with the stores that its events have passed, as the headers of the request name them. */
export function openingWithOrigin<Opening extends object>(
  opening: Opening,
  headers: IncomingHttpHeaders,
): Opening & { readonly origin?: string } {
  const origin = originIn(headers);
  return origin === undefined ? opening : { ...opening, origin };
}

/** The headers of a reply that tell a store which forwards events where they are; none for other senders. */
export function identityHeaders(
  headers: IncomingHttpHeaders,
  { identity }: Pick<Intake, 'identity'>,
): Readonly<Record<string, string>> {
  if (!identity || originIn(headers) === undefined) return {};
  return { [FORWARD_HEADERS.store]: `${identity.id}:${identity.epoch}` };
}

/**
 * The failure of a POST from a source; undefined for one that may be stored. The name or checkpoint must not contain
 * data that is redacted; the events must be meant for this store, and must not have come from it.
 */
export function sourceFailure(
  headers: IncomingHttpHeaders,
  state: SourceState | undefined | null,
  { mayKeep = () => true, identity }: Pick<Intake, 'mayKeep' | 'identity'>,
): Failure | undefined {
  const failure = (status: number, message: string): Failure => ({ status, reason: 'invalid_feed', message });
  const { [FORWARD_HEADERS.origin]: origin, [FORWARD_HEADERS.store]: store } = headers;
  if (state === null || (origin !== undefined && originIn(headers) === undefined)) {
    return failure(400, 'the telemetry-feed headers are invalid');
  }
  if (store !== undefined && store !== `${identity?.id}:${identity?.epoch}`) {
    return failure(412, 'this is another store than the one that the events are for');
  }
  if (identity && originIn(headers)?.split(',').includes(identity.id) === true) {
    return failure(409, 'these events have come from this store, which does not take them again');
  }
  if (!state || (mayKeep(state.source) && mayKeep(state.checkpoint))) return undefined;
  return failure(
    400,
    'the name or checkpoint of the source contains data that --redact keeps out of the store; use a hash of it',
  );
}

/** Numbers the events of a POST before the processors, so that dropped events count as received. */
export function sourceRequest(stream: StreamWriter, headers: SourceHeaders, processed: EventSink): SourceRequest {
  const { position: first, numbers, binary } = headers;
  const begin = stream.beginSource(headers);
  const listed = numbers === undefined ? undefined : new RangeReader(numbers);
  const binaries = binary === undefined ? undefined : new RangeReader(binary);
  let offset = 0;
  let nextBinary = binaries?.next();
  return {
    get position() {
      return first + offset;
    },
    sink(bytes, start, end, meta) {
      const next = listed ? listed.next() : offset + 1;
      if (next === undefined) throw new DecodeError('invalid_event', 'the POST has more events than numbers');
      begin(first + next);
      if (next === nextBinary) {
        nextBinary = binaries!.next();
        processed(bytes, start, end, binaryMeta(bytes.subarray(start, end), meta));
      } else processed(bytes, start, end, meta);
      offset = next;
    },
  };
}

function binaryMeta(json: Uint8Array, meta: EventMeta): EventMeta {
  if (BASE64.test(Buffer.from(json).toString('latin1'))) return { ...meta, encoding: ENCODING.base64 };
  throw new DecodeError('invalid_event', 'a binary message is not base64 in a JSON string');
}
