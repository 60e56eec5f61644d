import type { IncomingHttpHeaders } from 'node:http';
import type { EventSink } from '../../core/event.js';
import { SOURCE_HEADERS, type SourceState } from '../../core/source.js';
import type { Intake } from '../intake.js';
import type { StreamWriter } from '../../store/journal/writer.js';

/** The events of a POST that belong to a feed. */
export interface FeedRequest {
  readonly sink: EventSink;
  /** The number of the last event that was taken, stored or not. */
  readonly position: number;
}

/**
 * What the headers of a POST say of the feed that its events belong to; undefined when they belong to none, null when
 * the headers cannot be read.
 */
export function feedStateIn(headers: IncomingHttpHeaders): SourceState | undefined | null {
  const [source, position, checkpoint = ''] = [
    SOURCE_HEADERS.source,
    SOURCE_HEADERS.position,
    SOURCE_HEADERS.checkpoint,
  ].map(name => headers[name] as string | undefined);
  if (source === undefined) return undefined;
  if (source === '' || position === undefined || !/^\d{1,15}$/.test(position)) return null;
  try {
    return {
      source: decodeURIComponent(source),
      position: Number(position),
      checkpoint: decodeURIComponent(checkpoint),
    };
  } catch (error) {
    if (error instanceof URIError) return null;
    throw error;
  }
}

/** What is wrong with a feed whose name or checkpoint the store must not keep; both are no use to its sender once changed. */
export function unkeptIn(
  state: SourceState | undefined,
  { mayKeep = () => true }: Pick<Intake, 'mayKeep'>,
): string | undefined {
  if (!state || (mayKeep(state.source) && mayKeep(state.checkpoint))) return undefined;
  return 'the name or the checkpoint of the feed holds what --redact keeps out of the store; use a hash of it';
}

/** Numbers the events of a POST before the gate, so that what it leaves out counts as taken. */
export function feedRequest(stream: StreamWriter, state: SourceState, admitted: EventSink): FeedRequest {
  const next = stream.beginFeed(state);
  let { position } = state;
  return {
    get position() {
      return position;
    },
    sink(bytes, start, end, facts) {
      next();
      admitted(bytes, start, end, facts);
      position++;
    },
  };
}
