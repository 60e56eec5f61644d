import prettyBytes from 'pretty-bytes';
import { durationText, roundedDurationText } from '../../core/duration.js';
import type { RemoteDefinition } from '../../consumers/remotes/remote.js';
import type { RemoteState } from '../../store/catalog/remote-state.js';
import { counted } from './count.js';
import { instantText } from './instant-text.js';

/** The state and definition of a remote as JSON, with times in ISO 8601. */
export function remoteJson({ definition, ...state }: RemoteState): Record<string, unknown> {
  const { where, types, privacy, maxLag, batch, bandwidth, options } = JSON.parse(definition) as RemoteDefinition;
  const at = (time: number | null): string | null => (time === null ? null : instantText(time));
  return {
    ...state,
    error_at: at(state.error_at),
    next_try_at: at(state.next_try_at),
    sent_at: at(state.sent_at),
    created_at: instantText(state.created_at),
    max_lag: maxLagText(maxLag),
    definition: { where, types, privacy, batch, bandwidth, options },
  };
}

/** The maximum lag of a remote as text; `none` without a limit. */
export function maxLagText(maxLag: RemoteDefinition['maxLag']): string {
  if (maxLag?.age !== undefined) return durationText(maxLag.age / 1000);
  return maxLag?.bytes === undefined ? 'none' : prettyBytes(maxLag.bytes);
}

/** The number of waiting events and the age of the oldest, as text; `none` without any. */
export function lagText({ lag_events: events, lag_seconds: seconds }: RemoteState): string {
  return events === 0 ? 'none' : `${counted(events, 'event')}, ${roundedDurationText(Math.round(seconds * 1000))}`;
}

/** A number of events and the range of their ids, as text. */
export function eventsText(range: {
  readonly events: number;
  readonly firstId: number;
  readonly lastId: number;
}): string {
  const { events, firstId, lastId } = range;
  return firstId === lastId ? `event ${firstId}` : `${counted(events, 'event')} with ids ${firstId} to ${lastId}`;
}

/** The rate of a remote as text, such as `1,200/s`. */
export function rateText({ events_per_second: rate }: RemoteState): string {
  return `${rate >= 10 ? Math.round(rate).toLocaleString('en-US') : Number(rate.toFixed(1))}/s`;
}
