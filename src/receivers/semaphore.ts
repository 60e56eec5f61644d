/** A semaphore: at most `permits` holders at once, waiters served in FIFO order. */
export class Semaphore {
  readonly #waiting = new Set<() => void>();
  #free: number;

  constructor(permits: number) {
    this.#free = permits;
  }

  /** Calls `run` once a permit is free, at once if one is. Returns a function that releases the permit or stops waiting. */
  acquire(run: () => void): () => void {
    let isReleased = false;
    // A new function, so that the set distinguishes waiters with the same callback.
    const waiter = (): void => run();
    this.#waiting.add(waiter);
    this.#next();
    return () => {
      if (isReleased) return;
      isReleased = true;
      if (this.#waiting.delete(waiter)) return;
      this.#free++;
      this.#next();
    };
  }

  #next(): void {
    for (const waiter of this.#waiting) {
      if (this.#free === 0) return;
      this.#waiting.delete(waiter);
      this.#free--;
      waiter();
    }
  }
}
