/** A set of ids, kept as runs of neighbours: 16 bytes a run however long it is. */
export interface IdRuns {
  /** The number of ids. */
  readonly size: number;
  /** Adds an id higher than all before it. */
  add(id: number): void;
  /** The runs from `first` to `last`, both included, in order; none longer than `longest`. Only ids past `after`. */
  runs(longest: number, after?: number): Iterable<readonly [first: number, last: number]>;
  /** True when an id lies between `first` and `last`, both included. */
  touches(first: number, last: number): boolean;
}

export function idRuns(ids: Iterable<number> = []): IdRuns {
  const bounds: number[] = [];
  let size = 0;
  const set: IdRuns = {
    get size() {
      return size;
    },
    add(id) {
      const last = bounds.at(-1);
      if (last !== undefined && id <= last) throw new RangeError(`id ${id} does not follow ${last}`);
      if (last === id - 1) bounds[bounds.length - 1] = id;
      else bounds.push(id, id);
      size++;
    },
    *runs(longest, after = 0) {
      for (let i = 0; i < bounds.length; i += 2) {
        const end = bounds[i + 1]!;
        for (let first = Math.max(bounds[i]!, after + 1); first <= end; first += longest)
          yield [first, Math.min(end, first + longest - 1)];
      }
    },
    touches(first, last) {
      let [low, high] = [0, bounds.length / 2];
      while (low < high) {
        const middle = Math.floor((low + high) / 2);
        if (bounds[2 * middle + 1]! < first) low = middle + 1;
        else high = middle;
      }
      return 2 * low < bounds.length && bounds[2 * low]! <= last;
    },
  };
  for (const id of ids) set.add(id);
  return set;
}
