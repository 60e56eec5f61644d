import type { Micros } from '../../core/duration.js';
import type { RemoteKind } from '../remotes/kind.js';

/**
 * With this many ids or more in the journal, a batch waits until they are sealed: reading an event from a segment takes a
 * tenth of the CPU time of reading it from its JSON (5 against 50 microseconds in objects).
 */
const SEALED_IDS = 20_000;

/** The longest wait for that, in milliseconds: a server begins to seal within 3 seconds. */
const SEALING_MS = 8000;

/** Ids that wait for the next batch. */
export interface WaitingIds {
  readonly ids: number;
  /** True where they are as many as a batch may have. */
  readonly isFull: boolean;
  /** True where they are in segments. */
  readonly isSealed: boolean;
}

/** Decides when a running server sends a batch: when it is worth the effort, or has waited for long enough. */
export class BatchTiming {
  readonly #minBatch: number;
  readonly #maxDelay: Micros;
  /** When events were first seen that are too few for a batch. */
  #waitingSince: Micros | undefined;
  /** When events were first seen that are to be sealed before they are sent. */
  #sealingSince: Micros | undefined;
  /** True after a wait in vain, until events are sealed again. */
  #isUnsealed = false;

  constructor({ minBatch = 1, maxDelayMs = 0 }: Pick<RemoteKind, 'minBatch' | 'maxDelayMs'>) {
    this.#minBatch = minBatch;
    this.#maxDelay = maxDelayMs * 1000;
  }

  /** True when a batch of these ids is to be sent at `now`. */
  isDue(waiting: WaitingIds, now: Micros): boolean {
    this.#waitingSince ??= now;
    const isEnough = waiting.isFull || waiting.ids >= this.#minBatch || now - this.#waitingSince >= this.#maxDelay;
    if (!isEnough || this.#waitsForSealing(waiting, now)) return false;
    this.#waitingSince = undefined;
    this.#sealingSince = undefined;
    return true;
  }

  #waitsForSealing({ ids, isSealed }: WaitingIds, now: Micros): boolean {
    if (isSealed) this.#isUnsealed = false;
    if (isSealed || this.#isUnsealed || ids < SEALED_IDS) return false;
    this.#sealingSince ??= now;
    this.#isUnsealed = now - this.#sealingSince >= SEALING_MS * 1000;
    return !this.#isUnsealed;
  }
}
