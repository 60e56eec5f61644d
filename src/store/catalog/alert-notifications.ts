import { randomUUID } from 'node:crypto';
import type { Database } from 'better-sqlite3';
import type { Micros } from '../../core/duration.js';

/**
 * The state of a notification: `waiting` for its delivery or the next try, `sent`, `failed` for good, or `held`: a mute
 * or cooldown kept it back.
 */
export type NotificationStatus = 'waiting' | 'sent' | 'failed' | 'held';

/** A notification to record. */
export interface NewNotification {
  readonly rule: string;
  readonly alert: number;
  /** A channel's name, or its whole setting. */
  readonly channel: string;
  readonly reason: string;
  readonly status: 'waiting' | 'held';
  readonly outcome: string | null;
  /** JSON of the notification's content. */
  readonly message: string;
}

/** A recorded notification. */
export interface Notification extends Omit<NewNotification, 'status'> {
  readonly id: number;
  /** The same for every try: receivers leave out repetitions by it. */
  readonly key: string;
  readonly status: NotificationStatus;
  readonly attempts: number;
  readonly createdAt: Micros;
  readonly nextAt: Micros;
  readonly sentAt: Micros | null;
}

const COLUMNS = `id, key, rule, alert_id as alert, channel, reason, status, outcome, message, attempts,
  created_at as createdAt, next_at as nextAt, sent_at as sentAt`;

/** A process that claimed a notification and died leaves it to others after this time, in microseconds. */
const CLAIM_MICROS = 60_000_000;

/** Records notifications. Call it in the transaction of the change that they tell of. */
export function recordNotifications(db: Database, notifications: readonly NewNotification[], now: Micros): void {
  const insert = db.prepare(
    `insert into alert_notifications(key, rule, alert_id, channel, reason, status, outcome, message, created_at, next_at)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  for (const { rule, alert, channel, reason, status, outcome, message } of notifications) {
    insert.run(randomUUID(), rule, alert, channel, reason, status, outcome, message, now, now);
  }
}

/**
 * A notification that is to be tried later than this was recorded before the clock was set back, in microseconds: a
 * day.
 */
const MAX_DELAY_MICROS = 86_400_000_000;

/** A mute holds retries, too. */
const NOT_MUTED = `not exists (
  select 1 from alert_progress as p where p.rule = alert_notifications.rule and p.muted_until > ?)`;

/** Of an alert and channel, only the oldest waiting notification: a receiver must not get `firing` after `resolved`. */
const FIRST_WAITING = `status = 'waiting' and not exists (
  select 1 from alert_notifications as earlier
  where earlier.status = 'waiting' and earlier.alert_id = alert_notifications.alert_id
    and earlier.channel = alert_notifications.channel and earlier.id < alert_notifications.id)`;

/**
 * Claims the oldest notification that is due, so that no other process sends it meanwhile; undefined without one.
 * @param busy channels whose notifications are left where they are
 */
export function claimNotification(db: Database, now: Micros, busy: ReadonlySet<string>): Notification | undefined {
  return db
    .transaction(() => {
      const due = db
        .prepare<[Micros, Micros, Micros, string], Notification>(
          `select ${COLUMNS} from alert_notifications where ${FIRST_WAITING} and ${NOT_MUTED}
            and (next_at <= ? or next_at > ?) and channel not in (select value from json_each(?)) order by id limit 1`,
        )
        .get(now, now, now + MAX_DELAY_MICROS, JSON.stringify([...busy]));
      if (due) db.prepare('update alert_notifications set next_at = ? where id = ?').run(now + CLAIM_MICROS, due.id);
      return due;
    })
    .immediate();
}

/** Records the outcome of a try to send a notification. */
export function recordOutcome(
  db: Database,
  id: number,
  result: {
    readonly status: NotificationStatus;
    readonly outcome: string;
    readonly nextAt: Micros;
    readonly sentAt: Micros | null;
  },
): void {
  db.prepare(
    `update alert_notifications
     set status = @status, outcome = @outcome, next_at = @nextAt, sent_at = @sentAt, attempts = attempts + 1 where id = @id`,
  ).run({ ...result, id });
}

/** The time of the next try of a waiting notification, no later than a day from now; undefined when none waits. */
export function nextNotificationAt(db: Database, now: Micros): Micros | undefined {
  const latest = now + MAX_DELAY_MICROS;
  return (
    db
      .prepare<[Micros, Micros, Micros], Micros | null>(
        `select min(iif(next_at > ?, ?, next_at)) from alert_notifications where ${FIRST_WAITING} and ${NOT_MUTED}`,
      )
      .pluck()
      .get(latest, now, now) ?? undefined
  );
}

/** The notifications of a rule, or of one of its alerts, oldest first. */
export function readNotifications(
  db: Database,
  rule: string,
  alert: number | undefined,
  limit: number,
): Notification[] {
  return db
    .prepare<unknown[], Notification>(
      `select * from (select ${COLUMNS} from alert_notifications where rule = ? and (? is null or alert_id = ?)
        order by id desc limit ?) order by id`,
    )
    .all(rule, alert ?? null, alert ?? null, limit);
}
