/** Options for an expensive value. */
export interface ThrottledOptions<T> {
  readonly make: () => Promise<T>;
  /** A text that changes whenever the value would. */
  readonly version: () => string;
  /** Minimum time between two computations, in milliseconds. */
  readonly everyMs: number;
}

/**
 * A throttled value that is never stale. Returns the previous value while its version is unchanged; otherwise all callers
 * wait for the next computation.
 */
export class Throttled<T> {
  readonly #options: ThrottledOptions<T>;
  #madeAt = -Infinity;
  #version: string | undefined;
  #value: Promise<T> | undefined;
  #next: Promise<T> | undefined;

  constructor(options: ThrottledOptions<T>) {
    this.#options = options;
  }

  /** Returns the value. Rejects as `make` does. */
  get(): Promise<T> {
    const isUpToDate = this.#version === this.#options.version();
    if (this.#value && isUpToDate && this.#waitMs() > 0) return this.#value;
    const waitMs = this.#waitMs();
    if (waitMs <= 0) return this.#make();
    this.#next ??= new Promise(resolve => setTimeout(resolve, waitMs)).then(() => this.#make());
    return this.#next;
  }

  #waitMs(): number {
    return this.#madeAt + this.#options.everyMs - performance.now();
  }

  #make(): Promise<T> {
    this.#next = undefined;
    this.#madeAt = performance.now();
    this.#version = this.#options.version();
    const value = this.#options.make();
    this.#value = value;
    // Callers receive the error, and the next call tries again.
    value.catch(() => (this.#value = undefined));
    return value;
  }
}
