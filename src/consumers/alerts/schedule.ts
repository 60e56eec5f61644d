import type { Micros } from '../../core/duration.js';
import type { Session } from '../../query/session.js';
import { rowsOf } from '../../query/result/rows.js';
import { evaluateRule } from './evaluate.js';
import type { Ledger } from './ledger.js';
import type { Step } from './lifecycle.js';
import type { AlertRule } from './rule.js';

/** The time as evaluations see it: that of the machine, or that of a test or replay. */
export interface Clock {
  /** In microseconds since 1970. */
  now(): Micros;
}

/** The clock of the machine. */
export const SYSTEM_CLOCK: Clock = { now: () => Date.now() * 1000 };

/** A gap is evaluated at no more than this many instants, so that a rule of seconds takes no hours after a weekend. */
const MAX_CATCH_UP = 200;

/** The scheduled instants of a rule are the multiples of its interval. Returns the first after `time`. */
export function nextInstant({ every }: Pick<AlertRule, 'every'>, time: Micros): Micros {
  const interval = every * 1000;
  return (Math.floor(time / interval) + 1) * interval;
}

/** The last scheduled instant of a rule at or before `time`. */
function lastInstant(rule: Pick<AlertRule, 'every'>, time: Micros): Micros {
  return nextInstant(rule, time) - rule.every * 1000;
}

/** The next instant at which a rule is due; 0 for at once. An evaluation after now was before the clock was set back. */
export function dueAt(rule: Pick<AlertRule, 'every'>, evaluatedAt: Micros | null, now: Micros): Micros {
  return evaluatedAt === null || evaluatedAt > now ? 0 : nextInstant(rule, evaluatedAt);
}

/** The instants at which a rule is due, up to now: the last one, and those of a gap before it. */
export function dueInstants(rule: AlertRule, evaluatedAt: Micros | null, now: Micros): Micros[] {
  const last = lastInstant(rule, now);
  if (evaluatedAt === null || evaluatedAt > now) return [last];
  const first = nextInstant(rule, evaluatedAt);
  if (first > last) return [];
  const interval = rule.every * 1000;
  const missed = Math.round((last - first) / interval);
  const stride = Math.max(1, Math.ceil(missed / MAX_CATCH_UP)) * interval;
  const instants: Micros[] = [];
  for (let at = first; at < last; at += stride) instants.push(at);
  return [...instants, last];
}

/** Options of {@link evaluateDue}. */
export interface EvaluateOptions {
  readonly session: Session;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Evaluates a rule at each instant at which it is due. An instant of a gap sees the events that had been received then.
 * @returns what changed.
 */
export async function evaluateDue(rule: AlertRule, options: EvaluateOptions): Promise<Step[]> {
  const { session, ledger, clock, signal } = options;
  const steps: Step[] = [];
  const instants = dueInstants(rule, ledger.progress(rule).evaluatedAt, clock.now());
  for (const at of instants) {
    if (signal.aborted) break;
    const isLast = at === instants.at(-1);
    const toId = isLast ? undefined : await lastIdReceivedBy(session, at);
    const stepped = await evaluateAt(rule, at, options, toId);
    if (!stepped) break;
    steps.push(stepped);
  }
  return steps;
}

/** Evaluates a rule at an instant; undefined when another process did meanwhile. */
export async function evaluateAt(
  rule: AlertRule,
  at: Micros,
  { session, ledger, clock }: Omit<EvaluateOptions, 'signal'>,
  toId?: number,
): Promise<Step | undefined> {
  const point = { at, since: ledger.progress(rule).cursor, toId };
  const evaluation = await evaluateRule(session, rule, point);
  return ledger.take(rule, { ...evaluation, point, finishedAt: clock.now() });
}

async function lastIdReceivedBy(session: Session, at: Micros): Promise<number> {
  await session.refresh({ toId: Infinity });
  const [row] = await rowsOf(
    await session.query(`select coalesce(max(id), 0) from events where received_at <= make_timestamptz(${at})`),
  );
  return Number(row![0]);
}
