import type { Micros } from '../../core/duration.js';
import { rowsOf } from '../../query/result/rows.js';
import type { Session } from '../../query/session.js';
import { dependsOnTime, evaluateRule, type Evaluation } from './evaluate.js';
import { MemoryLedger } from './ledger.js';
import type { Step } from './lifecycle.js';
import type { AlertRule } from './rule.js';
import { nextInstant } from './schedule.js';

/** A replay evaluates at no more than this many instants unless asked: some minutes of work. */
const MAX_REPLAY_INSTANTS = 10_000;

/** The stretch of history that a rule is replayed over. */
export interface ReplayRange {
  readonly since: Micros;
  readonly until: Micros;
  /** The interval of the replay, in milliseconds; by default that of the rule, or longer for a long stretch. */
  readonly every?: number | undefined;
}

/** A step of a replay, at its instant. */
export interface ReplayStep {
  readonly at: Micros;
  readonly step: Step;
}

/** The interval at which {@link replay} evaluates, in milliseconds. */
export function replayInterval({ every }: AlertRule, range: ReplayRange): number {
  if (range.every !== undefined) return range.every;
  const instants = (range.until - range.since) / (every * 1000);
  return every * Math.max(1, Math.ceil(instants / MAX_REPLAY_INSTANTS));
}

/**
 * Evaluates a rule over stored history, by the evaluator and lifecycle of a server, at instants of the past. Each sees the
 * events that had been received then. Nothing is stored or sent. Yields the steps that change something.
 */
export async function* replay(
  session: Session,
  rule: AlertRule,
  range: ReplayRange,
  ledger = new MemoryLedger(),
): AsyncGenerator<ReplayStep> {
  const every = replayInterval(rule, range);
  const visible = await idsByInstant(session, range.since, every);
  ledger.begin(rule, visible(range.since));
  const evaluate = remembering(session, rule);
  for (let at = nextInstant({ every }, range.since); at <= range.until; at = nextInstant({ every }, at)) {
    const point = { at, since: ledger.progress(rule).cursor, toId: visible(at) };
    const evaluation = await evaluate(point);
    const step = ledger.take(rule, { ...evaluation, point, finishedAt: at });
    if (step.history.length > 0 || step.notices.length > 0) yield { at, step };
  }
}

/** Evaluates; the same rows give the same outcome, unless the rule depends on the time. */
function remembering(
  session: Session,
  rule: AlertRule,
): (point: { at: Micros; since: number; toId: number }) => Promise<Evaluation> {
  const isTimed = dependsOnTime(rule.condition.sql);
  let last: { key: string; evaluation: Evaluation } | undefined;
  return async point => {
    const key = `${point.since} ${point.toId}`;
    if (!isTimed && last?.key === key) return last.evaluation;
    last = { key, evaluation: await evaluateRule(session, rule, point) };
    return last.evaluation;
  };
}

/** Returns a function that gives the last id that had been received at an instant. */
async function idsByInstant(session: Session, since: Micros, every: number): Promise<(at: Micros) => number> {
  const interval = every * 1000;
  await session.refresh({ toId: Infinity });
  const rows = await rowsOf(
    await session.query(
      `select greatest(ceil(epoch_us(received_at) / ${interval}), ${Math.floor(since / interval)})::bigint as instant, max(id)
       from events group by 1 order by 1`,
    ),
  );
  let highest = 0;
  const steps = rows.map(([instant, id]) => {
    highest = Math.max(highest, Number(id));
    return { at: Number(instant) * interval, id: highest };
  });
  let next = 0;
  return at => {
    while (next < steps.length && steps[next]!.at <= at) next++;
    return next === 0 ? 0 : steps[next - 1]!.id;
  };
}
