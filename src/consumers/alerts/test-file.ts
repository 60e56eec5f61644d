import { parseDuration, type Micros } from '../../core/duration.js';
import { TelemetryError } from '../../core/errors.js';

/** An event of a test, at an offset from its start. */
export interface FedEvent {
  /** In microseconds. */
  readonly offset: Micros;
  readonly event: unknown;
}

/** An action of a person during a test. */
export interface TestAction {
  readonly offset: Micros;
  readonly rule: string;
  readonly kind: 'ack' | 'unack' | 'resolve' | 'mute' | 'unmute';
  /** Of an acknowledgement or mute, from the start of the test. */
  readonly until: Micros | null;
}

/** An expectation at a time. Only the fields that it names are compared. */
export interface Expectation {
  readonly offset: Micros;
  readonly rule: string;
  /** The open alerts of the rule; undefined when not compared. */
  readonly alerts: readonly Readonly<Record<string, unknown>>[] | undefined;
  /** The notifications of the rule since the expectation before; undefined when not compared. */
  readonly notifications: readonly Readonly<Record<string, unknown>>[] | undefined;
  /** The state of the rule; undefined when not compared. */
  readonly state: string | undefined;
}

/** A test of alert rules. */
export interface AlertTest {
  readonly name: string;
  readonly start: Micros;
  readonly events: readonly FedEvent[];
  readonly actions: readonly TestAction[];
  readonly expectations: readonly Expectation[];
}

/** A file of tests. */
export interface TestFile {
  /** Rules in the file itself, as documents. */
  readonly rules: unknown;
  /** Paths of files of rules, relative to the test file. */
  readonly ruleFiles: readonly string[];
  readonly tests: readonly AlertTest[];
}

/** The start of a test that names none. */
const DEFAULT_START = '2026-01-01T00:00:00Z';

/** More events than a test needs; a slip in `repeat` would fill the disk. */
const MAX_EVENTS = 100_000;

/** Makes tests of a parsed document. @throws TelemetryError `usage`, naming the test. */
export function testFileOf(document: unknown): TestFile {
  const {
    rules,
    rule_files: files = [],
    tests,
  } = objectOf(document, 'a file of alert tests', ['rules', 'rule_files', 'tests']);
  if (!Array.isArray(tests) || tests.length === 0) throw wrong('a file of alert tests has no list of tests');
  return {
    rules,
    ruleFiles: textsOf(files, 'rule_files'),
    tests: tests.map((test, i) => testOf(test, i)),
  };
}

function testOf(given: unknown, index: number): AlertTest {
  const name = (given as { name?: unknown } | null)?.name;
  const where = `test ${typeof name === 'string' ? `"${name}"` : index + 1}`;
  const test = objectOf(given, where, ['name', 'start', 'events', 'do', 'expect']);
  const start = Date.parse(textOf(test.start ?? DEFAULT_START, `${where}: start`));
  if (Number.isNaN(start)) throw wrong(`${where}: start is not a time like ${DEFAULT_START}`);
  const expectations = listOf(test.expect, `${where}: expect`).map(item => expectationOf(item, where));
  if (expectations.length === 0) throw wrong(`${where} expects nothing`);
  const events = listOf(test.events ?? [], `${where}: events`).flatMap(item => eventsOf(item, where));
  if (events.length > MAX_EVENTS) throw wrong(`${where} has more than ${MAX_EVENTS} events`);
  return {
    name: typeof name === 'string' ? name : `test ${index + 1}`,
    start: start * 1000,
    events: events.sort((a, b) => a.offset - b.offset),
    actions: listOf(test.do ?? [], `${where}: do`).map(item => actionOf(item, where)),
    expectations: expectations.sort((a, b) => a.offset - b.offset),
  };
}

function eventsOf(given: unknown, where: string): FedEvent[] {
  const {
    at,
    event,
    repeat = 1,
    every = '1s',
  } = objectOf(given, `${where}: an event`, ['at', 'event', 'repeat', 'every']);
  if (event === undefined) throw wrong(`${where}: an entry of events has no event`);
  if (typeof repeat !== 'number' || !Number.isInteger(repeat) || repeat < 1 || repeat > MAX_EVENTS) {
    throw wrong(`${where}: repeat is not a number from 1 to ${MAX_EVENTS}`);
  }
  const first = offsetOf(at, where);
  const interval = offsetOf(every, where);
  return Array.from({ length: repeat }, (_, i) => ({ offset: first + i * interval, event }));
}

const ACTIONS = ['ack', 'unack', 'resolve', 'mute', 'unmute'] as const;

function actionOf(given: unknown, where: string): TestAction {
  const item = objectOf(given, `${where}: an entry of do`, ['at', 'until', ...ACTIONS]);
  const kinds = ACTIONS.filter(kind => item[kind] !== undefined);
  if (kinds.length !== 1) throw wrong(`${where}: an entry of do names one of ${ACTIONS.join(', ')}`);
  const [kind] = kinds as [TestAction['kind']];
  return {
    offset: offsetOf(item.at, where),
    rule: textOf(item[kind], `${where}: ${kind}`),
    kind,
    until: item.until === undefined ? null : offsetOf(item.until, where),
  };
}

function expectationOf(given: unknown, where: string): Expectation {
  const item = objectOf(given, `${where}: an expectation`, ['at', 'rule', 'state', 'alerts', 'notifications']);
  const { alerts, notifications, state } = item;
  if (alerts === undefined && notifications === undefined && state === undefined) {
    throw wrong(`${where}: an expectation names neither state nor alerts nor notifications`);
  }
  const fields = (value: unknown, key: string): Record<string, unknown>[] | undefined =>
    value === undefined
      ? undefined
      : listOf(value, `${where}: ${key}`).map(entry => objectOf(entry, `${where}: ${key}`));
  return {
    offset: offsetOf(item.at, where),
    rule: textOf(item.rule, `${where}: rule`),
    alerts: fields(alerts, 'alerts'),
    notifications: fields(notifications, 'notifications'),
    state: state === undefined ? undefined : textOf(state, `${where}: state`),
  };
}

/** Microseconds of a duration such as `90s`; 0 for the number. */
function offsetOf(given: unknown, where: string): Micros {
  if (given === 0 || given === '0') return 0;
  if (typeof given === 'string') return Math.round(parseDuration(given) * 1000);
  throw wrong(`${where}: ${JSON.stringify(given)} is not an offset like 30s or 2m`);
}

function objectOf(given: unknown, where: string, known?: readonly string[]): Record<string, unknown> {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) throw wrong(`${where} is not an object`);
  const unknown = known && Object.keys(given).find(key => !known.includes(key));
  if (unknown !== undefined) throw wrong(`${where} has the unknown key ${unknown}`, `Keys are ${known!.join(', ')}.`);
  return given as Record<string, unknown>;
}

function listOf(given: unknown, where: string): unknown[] {
  if (Array.isArray(given)) return given as unknown[];
  throw wrong(`${where} is not a list`);
}

function textsOf(given: unknown, where: string): string[] {
  return (Array.isArray(given) ? (given as unknown[]) : [given]).map(item => textOf(item, where));
}

function textOf(given: unknown, where: string): string {
  if (typeof given === 'string' && given !== '') return given;
  throw wrong(`${where} is not a text`);
}

function wrong(problem: string, remedy?: string): TelemetryError {
  return new TelemetryError('usage', problem, remedy === undefined ? {} : { remedy });
}
