/** What makes a value that costs something to make, and how often. */
export interface ThrottledOptions<T> {
  readonly make: () => Promise<T>;
  /** A text that differs when the value would. */
  readonly version: () => string;
  /** The least time from one making to the next, in milliseconds. */
  readonly everyMs: number;
}

/**
 * A value that is made at most once in a time, however many ask for it, and that is never out of date: who asks gets the
 * value of before where nothing has changed since, and otherwise waits, with all others, for the next one.
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

  /** @throws (rejects with) what `make` does */
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
    // Who asked for it hears of the error; the next one tries again.
    value.catch(() => (this.#value = undefined));
    return value;
  }
}
