/**
 * The ids of events that a remote has acknowledged of a batch that then failed: the halves of the batch leave them out.
 */
export class DeliveredEvents {
  readonly #ids = new Set<number>();

  /** True for an event that the remote has acknowledged. */
  has(id: number): boolean {
    return this.#ids.has(id);
  }

  /** Adds events that the remote has acknowledged. */
  add(ids: readonly number[]): void {
    for (const id of ids) this.#ids.add(id);
  }

  /** Removes the ids up to `toId`, once their batch is complete. */
  pass(toId: number): void {
    for (const id of this.#ids) if (id <= toId) this.#ids.delete(id);
  }
}
