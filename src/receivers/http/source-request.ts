import type { IncomingHttpHeaders } from 'node:http';
import type { EventSink } from '../../core/event.js';
import { SOURCE_HEADERS, type SourceState } from '../../core/source.js';
import type { Intake } from '../intake.js';
import type { StreamWriter } from '../../store/journal/writer.js';

/** The events of a POST from a source that numbers them. */
export interface SourceRequest {
  readonly sink: EventSink;
  /** The number of the last received event, stored or not. */
  readonly position: number;
}

/**
 * Reads the state of the source from the headers of a POST. Returns undefined without these headers, null when they are
 * invalid.
 */
export function sourceStateIn(headers: IncomingHttpHeaders): SourceState | undefined | null {
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

/** The problem of a source whose name or checkpoint would be redacted, and so be useless; undefined without one. */
export function sourceProblem(
  state: SourceState | undefined,
  { mayKeep = () => true }: Pick<Intake, 'mayKeep'>,
): string | undefined {
  if (!state || (mayKeep(state.source) && mayKeep(state.checkpoint))) return undefined;
  return 'the name or checkpoint of the source contains data that --redact keeps out of the store; use a hash of it';
}

/** Numbers the events of a POST before the processors, so that dropped events count as received. */
export function sourceRequest(stream: StreamWriter, state: SourceState, processed: EventSink): SourceRequest {
  const next = stream.beginSource(state);
  let { position } = state;
  return {
    get position() {
      return position;
    },
    sink(bytes, start, end, meta) {
      next();
      processed(bytes, start, end, meta);
      position++;
    },
  };
}
