/** Time constant of the exponential average of a remote's rate, in seconds. */
export const RATE_SECONDS = 30;

const NOW = `cast(unixepoch('subsec') * 1e6 as integer)`;

/** SQL for the time of receipt of the first event after a cursor; of its segment where it is sealed. */
const OLDEST_UNSENT = `coalesce(
  (select min(received_from) from segments
    where dropped_at is null and last_id > r.cursor_id and (select last_id from sealed) > r.cursor_id),
  (select received_at from events where id > r.cursor_id order by id limit 1))`;

/**
 * SQL for the state of each remote: its progress and its definition. `lag_events` counts ids, an upper bound of the
 * waiting events.
 */
export const REMOTES_SQL = `
  select name, state, url, cursor_id, lag_events,
    iif(lag_events = 0, 0.0, max(0, ${NOW} - oldest_at) / 1e6) as lag_seconds,
    rate * exp(-max(0, ${NOW} - coalesce(sent_at, 0)) / ${RATE_SECONDS}e6) as events_per_second,
    sent_events, sent_bytes, rejected_events, lost_events, retries, warning, error, error_at, next_try_at, sent_at, definition,
    created_at
  from (
    select r.name,
      case when r.is_paused then 'paused' when r.attempts > 0 then 'failing' else 'active' end as state,
      o.definition ->> '$.url' as url,
      r.cursor_id,
      max(0, coalesce((select seq from sqlite_sequence where name = 'events'), 0) - r.cursor_id) as lag_events,
      ${OLDEST_UNSENT} as oldest_at,
      r.rate, r.sent_events, r.sent_bytes,
      (select count(*) from remote_rejects j where j.remote = r.name) as rejected_events,
      (select coalesce(sum(l.events), 0) from remote_losses l where l.remote = r.name) as lost_events,
      r.attempts as retries, r.warning, r.error, r.error_at, r.next_at as next_try_at, r.sent_at, o.definition, o.created_at
    from remotes r join objects o on o.name = r.name and o.kind = 'remote'
  ) order by name`;
