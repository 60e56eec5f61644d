import type { Micros } from '../../core/duration.js';
import { messageOf, TelemetryError } from '../../core/errors.js';
import type { Column, Result, Row } from '../../core/result.js';
import { eventsWith } from '../../query/predicate.js';
import type { Session } from '../../query/session.js';
import { unknownColumn } from '../../query/sql/sql-error.js';
import { tokensOf } from '../../query/sql/split-sql.js';
import type { Violation } from './episode.js';
import type { Outcome } from './lifecycle.js';
import { violates, type AlertRule, type Condition, type Limit } from './rule.js';

/** Rows of a rule beyond this are left unread: a person cannot act on more alerts. */
const MAX_ROWS = 1000;

/** The numbers of an evaluation that `alert explain` shows. */
export interface Measure {
  /** Rows of the query, at most {@link MAX_ROWS}. */
  readonly rows: number;
  readonly violations: number;
  /** The value that comes closest to violating the rule; undefined for a rule whose rows are violations. */
  readonly value?: number;
}

/** The result of one evaluation of a rule. */
export interface Evaluation {
  readonly outcome: Outcome;
  /** The highest id that it could see. */
  readonly lastId: number;
  readonly measure: Measure | undefined;
}

/** The point at which a rule is evaluated. */
export interface EvaluationPoint {
  /** `$now`: the scheduled instant. */
  readonly at: Micros;
  /** `$since`: the id up to which the last successful evaluation saw events. */
  readonly since: number;
  /** The last id that may be seen; undefined for all. */
  readonly toId?: number | undefined;
}

/**
 * Evaluates a rule once. An error of the query is an outcome.
 * @throws the reason of the session's signal, once it is aborted.
 */
export async function evaluateRule(
  session: Session,
  rule: AlertRule,
  { at, since, toId }: EvaluationPoint,
): Promise<Evaluation> {
  // A cursor is what a snapshot saw: rows that come between this and the query are left for the next evaluation.
  const lastId = toId ?? (await session.refresh({ toId: Infinity })).lastId;
  try {
    await session.refresh({ toId: lastId });
    const { result } = await withMissing(rule.condition, sql => session.query(sqlAt(sql, at, since)));
    const rows = await someRows(result);
    const { violations, isMissing, value } = judge(rule, result.columns, rows);
    const measure = { rows: rows.length, violations: violations.length, ...(value !== undefined && { value }) };
    return { outcome: isMissing ? { kind: 'no data' } : { kind: 'violation', violations }, lastId, measure };
  } catch (error) {
    if (error instanceof TelemetryError && error.kind === 'interrupted') throw error;
    return { outcome: { kind: 'error', message: messageOf(error).trim() }, lastId, measure: undefined };
  }
}

/**
 * Calls with the SQL of a condition. Where this is made of the fields of a rule, attributes that no event has had yet
 * are NULL, and are listed.
 * @throws the error of the call for any other mistake.
 */
export async function withMissing<T>(
  condition: Condition,
  run: (sql: string) => Promise<T>,
): Promise<{ readonly result: T; readonly missing: readonly string[] }> {
  const from = condition.kind === 'value' ? condition.from : undefined;
  const missing: string[] = [];
  for (;;) {
    try {
      return { result: await run(from?.(eventsWith(missing)) ?? condition.sql), missing };
    } catch (error) {
      const name = from && unknownColumn(error);
      if (name === undefined || missing.includes(name)) throw error;
      missing.push(name);
    }
  }
}

/** SQL that means the instant of an evaluation. With `now()`, a rule that is tested would see another time. */
const NOW_WORDS: Readonly<Record<string, (literal: string) => string>> = {
  now: literal => literal,
  current_timestamp: literal => literal,
  get_current_timestamp: literal => literal,
  current_date: literal => `cast(${literal} as date)`,
  today: literal => `cast(${literal} as date)`,
};

/** Puts the instant and the cursor into the SQL of a rule: for `$now`, `$since`, `now()`, `current_date` and the like. */
export function sqlAt(sql: string, at: Micros, since: number): string {
  const literal = `timestamptz '${isoMicros(at)}'`;
  const tokens = tokensOf(sql);
  let text = '';
  let end = 0;
  const replace = (from: number, to: number, by: string): void => {
    text += sql.slice(end, from) + by;
    end = to;
  };
  for (let i = 0; i < tokens.length; i++) {
    const { text: word, index } = tokens[i]!;
    const next = tokens[i + 1];
    if (word === '$' && next?.index === index + 1 && /^(?:now|since)$/i.test(next.text)) {
      replace(index, next.index + next.text.length, next.text.toLowerCase() === 'now' ? literal : String(since));
      i++;
      continue;
    }
    const name = word.toLowerCase();
    const isCall = next?.text === '(' && tokens[i + 2]?.text === ')';
    const written = Object.hasOwn(NOW_WORDS, name) ? NOW_WORDS[name] : undefined;
    if (!written || tokens[i - 1]?.text === '.' || (!isCall && !name.startsWith('current_'))) continue;
    const last = isCall ? tokens[i + 2]! : tokens[i]!;
    replace(index, last.index + last.text.length, written(literal));
    if (isCall) i += 2;
  }
  return text + sql.slice(end);
}

/** True when the SQL of a rule depends on the instant of its evaluation. */
export function dependsOnTime(sql: string): boolean {
  return sqlAt(sql, 0, 0) !== sqlAt(sql, 1, 0);
}

function isoMicros(micros: Micros): string {
  const ms = Math.floor(micros / 1000);
  return `${new Date(ms).toISOString().slice(0, -1)}${String(micros - ms * 1000).padStart(3, '0')}+00`;
}

async function someRows({ batches }: Result): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const batch of batches) {
    rows.push(...batch);
    if (rows.length >= MAX_ROWS) break;
  }
  return rows.slice(0, MAX_ROWS);
}

interface Judgement {
  readonly violations: readonly Violation[];
  readonly isMissing: boolean;
  readonly value?: number | undefined;
}

function judge(rule: AlertRule, columns: readonly Column[], rows: readonly Row[]): Judgement {
  const { condition } = rule;
  if (condition.kind === 'absent') {
    const isAbsent = rows.every(row => row.every(cell => cell === null));
    return { violations: isAbsent ? [{ group: '{}', value: null, row: '{}' }] : [], isMissing: false };
  }
  const groups = groupColumns(rule, columns);
  const valueAt = valueColumn(columns, groups);
  const found = rows.map(row => ({
    group: objectOf(columns, row, index => groups.includes(index)),
    value: valueAt < 0 || row[valueAt] === null ? null : Number(row[valueAt]),
    row: objectOf(columns, row, () => true),
  }));
  if (condition.kind === 'rows') return { violations: firstOfEach(found), isMissing: false };
  if (valueAt < 0) throw new TelemetryError('sql', 'the query of the rule returns no number to compare');
  const values = found.filter(({ value }) => value !== null && !Number.isNaN(value));
  const broken = values.filter(({ value }) => condition.limits.some(limit => violates(value!, limit)));
  return {
    violations: firstOfEach(broken),
    isMissing: values.length === 0 && condition.isCount !== true,
    value: closest(
      values.map(({ value }) => value!),
      condition.limits,
    ),
  };
}

/** The columns that tell alerts apart: those that the rule names, else all of text. */
function groupColumns({ groupBy }: AlertRule, columns: readonly Column[]): number[] {
  if (!groupBy) return columns.flatMap(({ kind }, i) => (kind === 'text' || kind === 'boolean' ? [i] : []));
  return groupBy.map(name => {
    const at = columns.findIndex(column => column.name.toLowerCase() === name.toLowerCase());
    if (at >= 0) return at;
    throw new TelemetryError('sql', `the query of the rule returns no column "${name}" to group by`);
  });
}

/** The column `value`, else the first number outside of the groups; -1 without one. */
function valueColumn(columns: readonly Column[], groups: readonly number[]): number {
  const isValue = ({ kind }: Column, i: number): boolean => kind === 'number' && !groups.includes(i);
  const named = columns.findIndex((column, i) => column.name.toLowerCase() === 'value' && isValue(column, i));
  return named >= 0 ? named : columns.findIndex(isValue);
}

function objectOf(columns: readonly Column[], row: Row, isWanted: (index: number) => boolean): string {
  const entries = columns.flatMap(({ name, kind }, i): [string, unknown][] =>
    isWanted(i) ? [[name, valueOf(row[i]!, kind)]] : [],
  );
  return JSON.stringify(Object.fromEntries(entries));
}

function valueOf(cell: string | null, kind: Column['kind']): unknown {
  if (cell === null || kind === 'text' || kind === 'time') return cell;
  const number = kind === 'number' ? Number(cell) : undefined;
  // NaN and infinity are not JSON, and a number of more digits than a double holds keeps them as text.
  if (number !== undefined) return Number.isFinite(number) && sameNumber(number, cell) ? number : cell;
  return JSON.parse(cell) as unknown;
}

function sameNumber(number: number, cell: string): boolean {
  return !/^-?\d{16,}$/.test(cell) || String(BigInt(Math.trunc(number))) === cell;
}

/** One violation for each group: the first. */
function firstOfEach(violations: readonly Violation[]): Violation[] {
  const byGroup = new Map<string, Violation>();
  for (const violation of violations) if (!byGroup.has(violation.group)) byGroup.set(violation.group, violation);
  return [...byGroup.values()];
}

/** The value that comes closest to a limit, or is furthest past it. */
function closest(values: readonly number[], limits: readonly Limit[]): number | undefined {
  if (values.length === 0) return undefined;
  const wantsLess = limits.every(({ op }) => op.startsWith('<'));
  return wantsLess ? Math.min(...values) : Math.max(...values);
}
