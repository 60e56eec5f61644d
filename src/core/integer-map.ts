/** The smallest table: a power of two, as every capacity. */
const MIN_CAPACITY = 64;

/** No key: keys are 0 or more. */
const FREE = -1;

/**
 * A map for keys that are whole numbers of 0 or more and live briefly, such as those of requests. V8's own Map links
 * each table that it replaces to the next one, and it replaces tables as entries come and go: one dead table in the old
 * generation then keeps all later entries alive until a full collection, and each collection before that copies them.
 * This one reuses its table, and clears the entries that it deletes.
 */
export class IntegerMap<Value> {
  #keys = freeKeys(MIN_CAPACITY);
  #values = new Array<Value | undefined>(MIN_CAPACITY).fill(undefined);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(key: number): Value | undefined {
    return this.#values[this.#find(key)];
  }

  set(key: number, value: Value): void {
    let at = this.#find(key);
    if (this.#keys[at] === FREE) {
      // Half full at most, for short searches.
      if (2 * (this.#size + 1) > this.#keys.length) {
        this.#grow();
        at = this.#find(key);
      }
      this.#size++;
    }
    this.#keys[at] = key;
    this.#values[at] = value;
  }

  delete(key: number): void {
    let hole = this.#find(key);
    if (this.#keys[hole] === FREE) return;
    this.#size--;
    const mask = this.#keys.length - 1;
    // Moves up the entries behind it that a search would no longer reach (Knuth, TAOCP 6.4, algorithm R).
    for (let at = (hole + 1) & mask; this.#keys[at] !== FREE; at = (at + 1) & mask) {
      const home = this.#keys[at]! & mask;
      if (((at - home) & mask) < ((at - hole) & mask)) continue;
      this.#keys[hole] = this.#keys[at]!;
      this.#values[hole] = this.#values[at];
      hole = at;
    }
    this.#keys[hole] = FREE;
    this.#values[hole] = undefined;
  }

  /** The current values, in no particular order. */
  values(): Value[] {
    return this.#values.filter((_, at) => this.#keys[at] !== FREE) as Value[];
  }

  /** The place of the key, or the free one where it belongs. */
  #find(key: number): number {
    const mask = this.#keys.length - 1;
    // The bits of a number past 32 do not count in `&`, and none of the mask is there.
    let at = key & mask;
    while (this.#keys[at] !== key && this.#keys[at] !== FREE) at = (at + 1) & mask;
    return at;
  }

  #grow(): void {
    const [keys, values] = [this.#keys, this.#values];
    this.#keys = freeKeys(2 * keys.length);
    this.#values = new Array<Value | undefined>(2 * keys.length).fill(undefined);
    keys.forEach((key, i) => {
      if (key === FREE) return;
      const at = this.#find(key);
      this.#keys[at] = key;
      this.#values[at] = values[i];
    });
  }
}

/** Doubles, since ids pass 32 bits. */
function freeKeys(capacity: number): Float64Array {
  return new Float64Array(capacity).fill(FREE);
}
