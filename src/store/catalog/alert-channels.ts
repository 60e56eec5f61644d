import type { Database } from 'better-sqlite3';
import { TelemetryError } from '../../core/errors.js';
import { openForReading, openForWriting } from '../database/store.js';

/** A channel for notifications that is stored under a name. Its setting may hold secrets. */
export interface StoredChannel {
  readonly name: string;
  /** `slack:URL`, `webhook:URL`, `email:ADDRESS`, `exec:COMMAND` or `smtp://HOST`. */
  readonly setting: string;
  /** True when its URL may lead to loopback and private addresses. */
  readonly mayBePrivate: boolean;
}

/**
 * The setting of a channel without its secrets: of a URL only the origin is left, and the user of a mail server. Names
 * of channels, addresses and rooms are no secrets; of a setting in no known form, only its first word is left.
 */
export function withoutSecrets(setting: string): string {
  const smtp = /^(smtps?:\/\/)(?:([^:@/]*)(:[^@/]*)?@)?(\[[\da-f:.]*\]|[^@:/?#]*)(:\d*)?(\/?)(\?from=[^&]*)?$/.exec(
    setting,
  );
  if (smtp) {
    const [, scheme, user, password, host, port = '', , options = ''] = smtp;
    const login = user === undefined ? '' : `${user}${password === undefined ? '' : ':***'}@`;
    return `${scheme}${login}${host}${port}${options}`;
  }
  const web = /^(slack|webhook):(https?:\/\/)(?:[^/?#]*@)?([^/?#@]*)(.*)$/s.exec(setting);
  if (web) return `${web[1]}:${web[2]}${web[3]}${/^\/?$/.test(web[4]!) ? web[4]! : '/***'}`;
  const exec = /^exec:\s*(\[\s*"(?:[^"\\]|\\.)*"|\S+)(.*)$/s.exec(setting);
  if (exec) return `exec:${exec[1]}${/^[\s\]]*$/.test(exec[2]!) ? exec[2]! : ' ***'}`;
  if (/^(?:[\p{L}\p{N}_ .@#-]{0,64}|email:[^:/]*|slack:#[^:/]*)$/u.test(setting)) return setting;
  const word = /^[a-z]{1,16}:(?:\/\/)?/i.exec(setting)?.[0] ?? '';
  return word === setting ? setting : `${word}***`;
}

/** The channels of the store, by name. */
export function readChannels(db: Database): StoredChannel[] {
  const rows = db
    .prepare<[], { name: string; setting: string; may_be_private: number }>(
      'select * from alert_channels order by name',
    )
    .all();
  return rows.map(({ name, setting, may_be_private }) => ({ name, setting, mayBePrivate: may_be_private === 1 }));
}

/** The channels of the store at `dir`, by name. @throws TelemetryError `noStore`, `failure`. */
export function listChannels(dir: string): StoredChannel[] {
  const db = openForReading(dir);
  try {
    return readChannels(db);
  } finally {
    db.close();
  }
}

/** Stores a channel, replacing one of the same name. Creates the store if missing. @throws TelemetryError `failure`. */
export function storeChannel(dir: string, { name, setting, mayBePrivate }: StoredChannel): void {
  const db = openForWriting(dir);
  try {
    db.prepare('insert or replace into alert_channels(name, setting, may_be_private) values (?, ?, ?)').run(
      name,
      setting,
      mayBePrivate ? 1 : 0,
    );
  } finally {
    db.close();
  }
}

/** Removes a channel. @throws TelemetryError `failure` when no channel has the name; `noStore`. */
export function removeChannel(dir: string, name: string): void {
  openForReading(dir).close();
  const db = openForWriting(dir);
  try {
    const { changes } = db.prepare('delete from alert_channels where name = ?').run(name);
    if (changes > 0) return;
  } finally {
    db.close();
  }
  throw new TelemetryError('failure', `no channel has the name "${name}"`, {
    remedy: 'See them with `telemetry alert channel list`.',
  });
}

/** The fields of a rule without the secrets of its channels. */
export function fieldsWithoutSecrets(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [key, key === 'notify' || key === 'escalate' ? hidden(value) : value]),
  );
}

/** A channel, a list of channels, or `15m=CHANNEL`. */
function hidden(value: unknown): unknown {
  if (typeof value === 'string') {
    const [, before = '', setting = ''] = /^([\w. ]+=)?(.*)$/s.exec(value) ?? [];
    return `${before}${withoutSecrets(setting)}`;
  }
  if (Array.isArray(value)) return value.map(hidden);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, hidden(item)]));
}
