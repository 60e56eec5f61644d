import type { Row } from '../../../core/result.js';
import type { TailPage } from '../../../consumers/tail/scan.js';

/** Maximum number of events that are collected to be grouped: some 100 MB of events of 1 kB. */
const MAX_ROWS = 65_536;

/** Collects events, to print those of a trace together. */
export class TraceGroups {
  readonly #traceOf: (row: Row) => string | null;
  readonly #maxRows: number;
  #pages: TailPage[] = [];
  #count = 0;

  constructor(traceOf: (row: Row) => string | null, maxRows = MAX_ROWS) {
    this.#traceOf = traceOf;
    this.#maxRows = maxRows;
  }

  /** Adds events. Returns those collected once there are too many to wait for more. */
  add(page: TailPage): TailPage | undefined {
    this.#pages.push(page);
    this.#count += page.rows.length;
    return this.#count >= this.#maxRows ? this.take() : undefined;
  }

  /**
   * Returns the events collected and forgets them: those of a trace together, traces in the order of their first events.
   * An event without a trace stays alone.
   */
  take(): TailPage | undefined {
    const last = this.#pages.at(-1);
    if (!last) return undefined;
    const groups = new Map<string | Row, Row[]>();
    for (const row of this.#pages.flatMap(({ rows }) => rows)) {
      const key = this.#traceOf(row) ?? row;
      const group = groups.get(key);
      if (group) group.push(row);
      else groups.set(key, [row]);
    }
    this.#pages = [];
    this.#count = 0;
    return { ...last, rows: [...groups.values()].flat(), groupStarts: [] };
  }
}
