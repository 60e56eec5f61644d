import type { Micros } from '../../core/duration.js';
import { messageOf, TelemetryError } from '../../core/errors.js';
import { RESERVED_NAMES } from '../../query/named-views/built-in.js';
import {
  insertObject,
  listObjects,
  objectNamed,
  putObject,
  readObjects,
  removeObject,
  type StoredObject,
} from '../../store/catalog/objects.js';
import {
  isOpen,
  readAlert,
  readAlertsOf,
  readCurrentAlerts,
  readProgress,
  removeAlertsOf,
  writeAlerts,
  writeProgress,
  type AlertRecord,
  type RuleProgress,
} from '../../store/catalog/alerts.js';
import { recordNotifications } from '../../store/catalog/alert-notifications.js';
import { openForReading, openForWriting, type StoreDatabase } from '../../store/database/store.js';
import { act, type Action, type ActionDetails } from './actions.js';
import { entry } from './episode.js';
import { notificationOf } from './message.js';
import { ruleOf, type AlertRule } from './rule.js';

/** The stored form of a rule. */
interface Definition {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly mayBePrivate: boolean;
}

/** Creates rules, all or none. @param replaces true to replace rules of the same names. */
export function storeRules(
  dir: string,
  rules: readonly AlertRule[],
  { now, replaces }: { readonly now: Micros; readonly replaces: boolean },
): { readonly created: string[]; readonly replaced: string[] } {
  const created: string[] = [];
  const replaced: string[] = [];
  for (const { name } of rules) refuseReserved(name);
  writing(dir, db => {
    for (const rule of rules) {
      const definition: Definition = { fields: rule.fields, mayBePrivate: rule.mayBePrivate };
      const object = { name: rule.name, kind: 'alert' as const, definition, createdAt: now };
      if (replaces && putObject(db, object)) {
        replaced.push(rule.name);
        continue;
      }
      if (!replaces) insertObject(db, object);
      created.push(rule.name);
      // Events from before the rule do not violate it.
      writeProgress(db, rule.name, { ...readProgress(db, rule.name), cursor: lastId(db) });
    }
  });
  return { created, replaced };
}

function lastId(db: StoreDatabase): number {
  return db
    .prepare<[], number>('select max((select coalesce(max(id), 0) from events), (select last_id from sealed))')
    .pluck()
    .get()!;
}

function refuseReserved(name: string): void {
  if (!RESERVED_NAMES.has(name.toLowerCase())) return;
  throw new TelemetryError('usage', `"${name}" is the name of a built-in table`, { remedy: 'Choose another name.' });
}

/** The rules of the store at `dir`, by name. @throws TelemetryError `noStore`; `failure`, also for an unreadable rule. */
export function listRules(dir: string): AlertRule[] {
  return listObjects(dir, 'alert').map(ruleOfObject);
}

/**
 * The rules of a store that is open, but for those that cannot be read: another version of telemetry may have stored
 * them.
 * @param onUnreadable called with the name of each such rule, and the error.
 */
export function readRules(db: StoreDatabase, onUnreadable: (rule: string, error: TelemetryError) => void): AlertRule[] {
  return ruleObjects(db).flatMap(object => {
    try {
      return [ruleOfObject(object)];
    } catch (error) {
      if (!(error instanceof TelemetryError)) throw error;
      onUnreadable(object.name, error);
      return [];
    }
  });
}

/** True when a rule may use channels of private networks. */
export function mayBePrivate(db: StoreDatabase, rule: string): boolean {
  const definition = ruleObjects(db).find(({ name }) => name === rule)?.definition as Partial<Definition> | undefined;
  return definition?.mayBePrivate === true;
}

function ruleObjects(db: StoreDatabase): StoredObject[] {
  return readObjects(db).filter(({ kind }) => kind === 'alert');
}

/** The rule of a name. @throws TelemetryError `failure` when it does not exist; `noStore`. */
export function ruleNamed(dir: string, name: string): AlertRule {
  return ruleOfObject(objectNamed(dir, 'alert', name));
}

function ruleOfObject({ name, definition }: StoredObject): AlertRule {
  try {
    const { fields, mayBePrivate } = definition as Definition;
    return ruleOf({ ...fields, name }, mayBePrivate);
  } catch (error) {
    throw new TelemetryError('failure', `the stored alert rule ${name} cannot be read: ${messageOf(error)}`, {
      remedy: `Use the version of telemetry that stored it, or remove it: telemetry alert rm ${name}.`,
      cause: error,
    });
  }
}

/** Removes a rule with its alerts, history and notifications. @throws TelemetryError `failure`, `noStore`. */
export function removeRule(dir: string, name: string): void {
  removeObject(dir, 'alert', name, db => removeAlertsOf(db, name));
}

/** Sets the time until which a rule sends no notifications; null for none. @throws TelemetryError `failure`, `noStore`. */
export function muteRule(
  dir: string,
  name: string,
  until: Micros | null,
  { by, at, note }: Omit<ActionDetails, 'labels'>,
): void {
  const rule = ruleNamed(dir, name);
  writing(dir, db => {
    writeProgress(db, rule.name, { ...readProgress(db, rule.name), mutedUntil: until });
    const history = [{ ...entry({ id: 0 }, at, until === null ? 'unmuted' : 'muted', by, note), alert: null }];
    writeAlerts(db, rule, { alerts: [], removed: [], history });
  });
}

/** The alerts that an action has changed, with the name of their rule. */
export interface Changed {
  readonly rule: string;
  readonly alerts: readonly AlertRecord[];
}

/**
 * Applies an action to an alert, named by its id, or to all open alerts of a rule, named by the rule.
 * @throws TelemetryError `failure` when it does not exist, or the action fits none of the alerts; `noStore`.
 */
export function actOn(dir: string, target: string, action: Action, details: ActionDetails): Changed {
  const { rule, id } = targetOf(dir, target);
  return writing(dir, db => {
    const progress = readProgress(db, rule.name);
    const alerts = id === undefined ? openOrLast(db, rule.name) : [readAlert(db, id)?.alert].filter(found => !!found);
    const made = act(rule, { alerts, mutedUntil: progress.mutedUntil }, action, details);
    if (made.alerts.length === 0) throw fitsNone(target, action, alerts);
    writeAlerts(db, rule, { ...made, removed: [] });
    const notes = made.notices.map(notice => notificationOf(rule, notice, details.at));
    recordNotifications(db, notes, details.at);
    return { rule: rule.name, alerts: made.alerts };
  });
}

/** The open alerts of a rule; without any, the last one, which an action may still annotate. */
function openOrLast(db: StoreDatabase, rule: string): AlertRecord[] {
  const open = readCurrentAlerts(db, rule, Infinity).filter(isOpen);
  return open.length > 0 ? open : readAlertsOf(db, rule, 1);
}

/** The rule, and the alert, that a user names. @throws TelemetryError `failure`, `noStore`. */
export function targetOf(dir: string, target: string): { rule: AlertRule; id?: number } {
  const isRule = listObjects(dir, 'alert').some(({ name }) => name.toLowerCase() === target.toLowerCase());
  if (isRule || !/^#?\d+$/.test(target)) return { rule: ruleNamed(dir, target) };
  const id = Number(target.replace('#', ''));
  const db = openForReading(dir);
  try {
    const found = readAlert(db, id);
    if (found) return { rule: ruleNamed(dir, found.rule), id };
  } finally {
    db.close();
  }
  throw new TelemetryError('failure', `alert ${id} does not exist`, {
    remedy: 'See them with `telemetry alert list`.',
  });
}

const WANTED: Readonly<Record<Action['kind'], string>> = {
  ack: 'firing',
  unack: 'acknowledged',
  assign: 'open',
  note: 'there yet',
  resolve: 'firing',
};

function fitsNone(target: string, { kind }: Action, alerts: readonly AlertRecord[]): TelemetryError {
  const statuses = [...new Set(alerts.map(({ status }) => status))].join(', ');
  const found = statuses === '' ? '' : `: ${alerts.length === 1 ? 'it is' : 'they are'} ${statuses}`;
  return new TelemetryError('failure', `no alert of ${target} is ${WANTED[kind]}${found}`, {
    remedy: `See it with \`telemetry alert show ${target}\`.`,
  });
}

function writing<T>(dir: string, write: (db: StoreDatabase) => T): T {
  const db = openForWriting(dir);
  try {
    return db.transaction(() => write(db)).immediate();
  } finally {
    db.close();
  }
}

/** A rule with its present. */
export interface RuleState {
  readonly rule: AlertRule;
  readonly progress: RuleProgress;
  /** Open alerts, resolved ones with a notification held back, and the latest resolved ones within a cooldown. */
  readonly alerts: readonly AlertRecord[];
}

/** The present of rules, in one snapshot of the store. @throws TelemetryError `noStore`, `failure`. */
export function ruleStates(dir: string, rules: readonly AlertRule[], now: Micros): RuleState[] {
  const db = openForReading(dir);
  try {
    return db.transaction(() =>
      rules.map(rule => ({
        rule,
        progress: readProgress(db, rule.name),
        alerts: readCurrentAlerts(db, rule.name, now - rule.cooldown * 1000),
      })),
    )();
  } finally {
    db.close();
  }
}
