import { codeOf } from '../../core/errors.js';
import type { TokenRecord } from '../../store/catalog/token-reader.js';

/** Polling interval for revoked tokens of open connections, in milliseconds. New requests check their token at once. */
const REVOKED_WITHIN_MS = 250;

/** Calls back when a token is revoked: polls the store while a connection with a token is open. */
export class RevocationWatch {
  readonly #tokens: () => readonly TokenRecord[];
  readonly #callbacks = new Map<string, Set<() => void>>();
  #polling: NodeJS.Timeout | undefined;

  constructor(tokens: () => readonly TokenRecord[]) {
    this.#tokens = tokens;
  }

  /** Calls back once after the token is revoked. Returns a function that cancels this. */
  add(id: string, callback: () => void): () => void {
    const callbacks = this.#callbacks.get(id) ?? new Set();
    this.#callbacks.set(id, callbacks.add(callback));
    this.#polling ??= setInterval(() => this.#poll(), REVOKED_WITHIN_MS).unref();
    return () => {
      callbacks.delete(callback);
      if (callbacks.size === 0 && this.#callbacks.get(id) === callbacks) this.#callbacks.delete(id);
    };
  }

  /** Stops polling. */
  close(): void {
    clearInterval(this.#polling);
  }

  #poll(): void {
    if (this.#callbacks.size === 0) {
      clearInterval(this.#polling);
      this.#polling = undefined;
      return;
    }
    const valid = this.#validTokens();
    if (!valid) return;
    for (const [id, callbacks] of this.#callbacks) {
      if (valid.has(id)) continue;
      this.#callbacks.delete(id);
      for (const callback of callbacks) callback();
    }
  }

  /** The ids of valid tokens; undefined when the store cannot be read, until the next poll. */
  #validTokens(): Set<string> | undefined {
    try {
      return new Set(this.#tokens().flatMap(({ id, revokedAt }) => (revokedAt === undefined ? [id] : [])));
    } catch (error) {
      if (codeOf(error) === undefined) throw error;
      return undefined;
    }
  }
}
