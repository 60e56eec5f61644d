import { messageOf } from '../../../core/errors.js';
import { faultPoint } from '../../../core/fault-point.js';
import { readChannels } from '../../../store/catalog/alert-channels.js';
import {
  claimNotification,
  nextNotificationAt,
  recordOutcome,
  type Notification,
} from '../../../store/catalog/alert-notifications.js';
import type { StoreDatabase } from '../../../store/database/store.js';
import type { AlertMessage } from '../message.js';
import type { Clock } from '../schedule.js';
import { mayBePrivate } from '../stored-rules.js';
import { channelOf, type Channel } from './channel.js';
import { DeliveryError } from './delivery-error.js';
import { sendEmail } from './email.js';
import { runCommand } from './exec.js';
import { slackPayload } from './slack.js';
import { postWebhook } from './webhook.js';

/** Initial and maximum delay before a notification is sent again, in microseconds. */
const FIRST_RETRY_MICROS = 5_000_000;
const MAX_RETRY_MICROS = 900_000_000;

/**
 * A receiver that asks to wait longer than this is tried then, in milliseconds: a notification is given up after a day.
 */
const MAX_RETRY_AFTER_MS = 43_200_000;

/** A notification older than this is given up, in microseconds: a day. */
const MAX_AGE_MICROS = 86_400_000_000;

/** Channels that are sent to at the same time: a receiver that does not answer takes 10 s of each try. */
const MAX_CHANNELS_AT_ONCE = 8;

/** The notifications that one delivery has sent, put off, or given up. */
export interface Delivered {
  sent: number;
  delayed: number;
  failed: number;
}

/** Delivers the notifications of a store. Each was recorded in the transaction of its change. */
export class Outbox {
  readonly #db: StoreDatabase;
  readonly #clock: Clock;

  /** @param db a connection that writes. */
  constructor(db: StoreDatabase, clock: Clock) {
    this.#db = db;
    this.#clock = clock;
  }

  /** The time of the next try; undefined when no notification waits. */
  get nextAt(): number | undefined {
    return nextNotificationAt(this.#db, this.#clock.now());
  }

  /**
   * Sends the notifications that are due: those of a channel one after the other, several channels at once. Delivery is
   * at least once: one that was sent and not recorded, since the process died, is sent again with the same key.
   */
  async deliver(signal: AbortSignal): Promise<Delivered> {
    const delivered: Delivered = { sent: 0, delayed: 0, failed: 0 };
    const busy = new Set<string>();
    const deliverSome = async (): Promise<void> => {
      while (!signal.aborted) {
        const notification = claimNotification(this.#db, this.#clock.now(), busy);
        if (!notification) return;
        busy.add(notification.channel);
        delivered[await this.#deliverOne(notification, signal)]++;
        busy.delete(notification.channel);
      }
    };
    await Promise.all(Array.from({ length: MAX_CHANNELS_AT_ONCE }, deliverSome));
    return delivered;
  }

  async #deliverOne(notification: Notification, signal: AbortSignal): Promise<keyof Delivered> {
    try {
      const outcome = await this.#send(notification, signal);
      faultPoint('alert:sent');
      const now = this.#clock.now();
      recordOutcome(this.#db, notification.id, { status: 'sent', outcome, nextAt: now, sentAt: now });
      return 'sent';
    } catch (error) {
      return this.#recordFailure(notification, error, signal);
    }
  }

  #send({ rule, channel, message, key }: Notification, signal: AbortSignal): Promise<string> {
    let way: Channel;
    try {
      way = channelOf(channel, readChannels(this.#db), mayBePrivate(this.#db, rule));
    } catch (error) {
      throw new DeliveryError(messageOf(error), { isPermanent: true });
    }
    return sendBy(way, JSON.parse(message) as AlertMessage, key, signal);
  }

  #recordFailure(notification: Notification, error: unknown, signal: AbortSignal): 'delayed' | 'failed' {
    const now = this.#clock.now();
    const { isPermanent, retryAfterMs } = error instanceof DeliveryError ? error : new DeliveryError(messageOf(error));
    const backoff = Math.min(MAX_RETRY_MICROS, FIRST_RETRY_MICROS * 2 ** notification.attempts);
    const nextAt = signal.aborted
      ? now
      : now + Math.max(backoff, Math.min(retryAfterMs ?? 0, MAX_RETRY_AFTER_MS) * 1000);
    const isOver = !signal.aborted && (isPermanent || now - notification.createdAt > MAX_AGE_MICROS);
    recordOutcome(this.#db, notification.id, {
      status: isOver ? 'failed' : 'waiting',
      outcome: messageOf(error).split('\n', 1)[0]!,
      nextAt,
      sentAt: null,
    });
    return isOver ? 'failed' : 'delayed';
  }
}

function sendBy(channel: Channel, message: AlertMessage, key: string, signal: AbortSignal): Promise<string> {
  switch (channel.kind) {
    case 'slack':
      return postWebhook({ ...channel, body: slackPayload(message, channel.room), key, signal });
    case 'webhook':
      return postWebhook({ ...channel, body: { ...message, key }, key, signal });
    case 'email':
      return sendEmail(channel.to, message, channel.server, key);
    case 'exec':
      return runCommand(channel.argv, message, key, signal);
  }
}
