import { selectList, type BuiltInView } from './built-in-view.js';
import type { OptionalColumns } from './optional-columns.js';

/** The keys that events are correlated by, in the spellings of common senders. */
const KEYS: readonly (readonly [column: string, ...keys: string[]])[] = [
  ['session_id', 'sessionId', 'session_id', 'session.id', 'gen_ai.conversation.id', 'conversation.id'],
  ['actor_id', 'actorId', 'actor_id', 'user_id', 'userId', 'user.id', 'user.account_uuid', 'enduser.id'],
  ['device_id', 'deviceId', 'device_id', 'device.id'],
  ['bot_id', 'botId', 'bot_id'],
  ['org_id', 'orgId', 'org_id', 'organization.id', 'organization_id'],
];

/** The view `sessions`. */
export const SESSION_VIEWS: readonly BuiltInView[] = [
  {
    name: 'sessions',
    summary: 'a row for each session, actor, device, bot and org that occur together',
    sql: sessions,
  },
];

function sessions(columns: OptionalColumns): string {
  const keys = KEYS.map(([column, ...names]) => [column, columns.first('VARCHAR', ...names)] as const);
  const list = KEYS.map(([column]) => column).join(', ');
  return `select ${list}, min("time") as first_time, max("time") as last_time,
    date_diff('millisecond', min("time"), max("time")) as duration_ms, count(*) as events,
    count(*) filter (where severity in ('ERROR', 'FATAL')) as errors, count(distinct "name") as names,
    count(distinct trace_id) as traces, arg_max("name", "time") as last_name
    from (select ${selectList(keys)}, "time", ${columns.eventName()} as "name", severity, trace_id from events)
    where coalesce(${list}) is not null group by ${list}`;
}
