import { TelemetryError } from '../../core/errors.js';
import { pause } from '../../core/sleep.js';
import type { Parameters } from '../../query/sql/parameters.js';
import { openSession, type Session, type SessionOptions } from '../../query/session.js';
import { unknownColumn } from '../../query/sql/sql-error.js';
import { tokensOf } from '../../query/sql/split-sql.js';
import { watchStore, type StoreChange } from '../../store/database/store-watch.js';
import { judge, type Verdict } from './judge.js';

/** Functions and words whose values change without a commit. */
const READS_CLOCK = new Set(
  'now current_timestamp get_current_timestamp transaction_timestamp current_date today current_time localtimestamp localtime'.split(
    ' ',
  ),
);

/** Between two evaluations of a statement that reads the clock, in milliseconds. */
const CLOCK_STEP_MS = 250;

/** The least pause between two evaluations, in milliseconds: a busy sender commits hundreds of times a second. */
const MIN_PAUSE_MS = 20;

/** An assertion with the time that it has to become true and to stay so. */
export interface Request {
  readonly session: SessionOptions & { readonly signal: AbortSignal };
  readonly sql: string;
  readonly parameters: Parameters;
  /** Time to become true, in milliseconds; 0 for now. */
  readonly within: number;
  /** Time to stay true from then on, in milliseconds. */
  readonly holds: number;
  /** The most rows to show. */
  readonly limit: number;
  /** The present, in milliseconds. */
  readonly now: () => number;
}

/**
 * Judges an assertion, again with each commit until it is true for long enough or its time is over. Without `within`, a
 * store that does not exist is an error; with it, the store may come to be.
 * @throws TelemetryError `noStore`; as {@link judge}; the reason of the signal.
 */
export async function awaitVerdict(request: Request): Promise<Verdict> {
  const { within, holds, session: options } = request;
  if (within === 0 && holds === 0) {
    const session = await openSession(options);
    try {
      return await judge(session, request.sql, request.parameters, request.limit);
    } finally {
      session.close();
    }
  }
  const evaluation = new Evaluation(request);
  try {
    return await evaluation.run();
  } finally {
    await evaluation.close();
  }
}

/** Repeated judgements of one assertion. */
class Evaluation {
  readonly #request: Request;
  readonly #changes: AsyncGenerator<StoreChange>;
  readonly #stop = new AbortController();
  #next: Promise<IteratorResult<StoreChange>> | undefined;
  #session: Session | undefined;
  #trueSince: number | undefined;

  constructor(request: Request) {
    this.#request = request;
    this.#changes = watchStore(request.session.dir, AbortSignal.any([request.session.signal, this.#stop.signal]));
  }

  async run(): Promise<Verdict> {
    const { within, holds, sql, now, session } = this.#request;
    const deadline = now() + within;
    const readsClock = tokensOf(sql).some(({ text }) => READS_CLOCK.has(text.toLowerCase()));
    for (;;) {
      const begun = now();
      const verdict = await this.#judge(begun >= deadline);
      session.signal.throwIfAborted();
      if (verdict.isTrue) {
        // A verdict of the last moment counts: the statement was true when it was asked.
        this.#trueSince ??= begun;
        if (begun - this.#trueSince >= holds) return verdict;
      } else {
        const wasTrue = this.#trueSince !== undefined;
        this.#trueSince = undefined;
        if (begun >= deadline) return wasTrue ? { ...verdict, reason: `no longer true: ${verdict.reason}` } : verdict;
      }
      const end = this.#trueSince === undefined ? deadline : this.#trueSince + holds;
      await pause(Math.min(Math.max(MIN_PAUSE_MS, now() - begun), Math.max(0, end - now())), session.signal);
      await this.#change(Math.min(readsClock ? CLOCK_STEP_MS : Infinity, Math.max(0, end - now())));
    }
  }

  /** Judges the store as it is. @param isLast true when an absent store is an error. */
  async #judge(isLast: boolean): Promise<Verdict> {
    const { session, sql, parameters, limit } = this.#request;
    try {
      this.#session ??= await openSession(session);
      return await judge(this.#session, sql, parameters, limit);
    } catch (error) {
      // An attribute is a column once an event has it.
      const isAbsent =
        error instanceof TelemetryError && (error.kind === 'noStore' || unknownColumn(error) !== undefined);
      if (!isAbsent || isLast) throw error;
      return { isTrue: false, reason: error.message, shown: undefined };
    }
  }

  /** Resolves with the next change of the store, or after `ms` milliseconds. */
  async #change(ms: number): Promise<void> {
    this.#next ??= this.#changes.next();
    const timer = new AbortController();
    const signal = AbortSignal.any([timer.signal, this.#request.session.signal]);
    const waiting = Number.isFinite(ms) ? pause(ms, signal) : new Promise<void>(() => undefined);
    const change = await Promise.race([this.#next, waiting]);
    timer.abort();
    if (change === undefined) return;
    this.#next = undefined;
    if (change.value === 'opened') {
      this.#session?.close();
      this.#session = undefined;
    }
  }

  async close(): Promise<void> {
    this.#session?.close();
    this.#stop.abort();
    await this.#next?.catch(() => undefined);
    await this.#changes.return(undefined);
  }
}
