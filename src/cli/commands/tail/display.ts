import { pause } from '../../../core/sleep.js';
import type { TailPage } from '../../../consumers/tail/scan.js';
import type { Selection } from '../../../consumers/tail/selection.js';
import type { Context } from '../../shared/context.js';
import { notesOn } from './notes.js';
import { traceOf, type Printer } from './printer.js';
import { TailRates } from './rates.js';
import { TraceGroups } from './trace-groups.js';

/** Delay before the last past event, in milliseconds, for a reader that has read enough to close the pipe. */
const LAST_EVENT_MS = 50;

/** Options of a display. */
export interface DisplayOptions {
  readonly follow: boolean;
  /** True to show the rates of new events. */
  readonly showsStats: boolean;
  /** True to print the past events of a trace together. */
  readonly byTrace: boolean;
  /** The text of --filter, for notes on it. */
  readonly filter: string | undefined;
}

/** The output of a tail: its events, notes on stderr and the line of rates. */
export class TailDisplay {
  readonly #printer: Printer;
  readonly #streams: Context['streams'];
  readonly #signal: AbortSignal;
  readonly #follow: boolean;
  readonly #filter: string | undefined;
  readonly #rates: TailRates | undefined;
  readonly #groups: TraceGroups | undefined;
  #printed: number | undefined;
  /** False while past events are printed: rates are those of new events. */
  #hasCaughtUp = false;

  constructor(printer: Printer, context: Context, { follow, showsStats, byTrace, filter }: DisplayOptions) {
    this.#printer = printer;
    this.#streams = context.streams;
    this.#signal = context.signal;
    this.#follow = follow;
    this.#filter = filter;
    this.#rates = follow && showsStats ? new TailRates(context.streams, () => context.now()) : undefined;
    this.#groups = byTrace ? new TraceGroups(traceOf) : undefined;
  }

  /** The id of the last event that was printed; undefined before the first. */
  get printed(): number | undefined {
    return this.#printed;
  }

  /** Prints notes on the columns of the tail and, before the first page, the header. */
  async select(now: Selection, before: Selection | undefined): Promise<void> {
    for (const note of notesOn(now, before, this.#filter)) {
      this.#rates?.hide();
      await this.#streams.err.write(`${note}\n`);
    }
    if (!before) await this.#printer.begin();
  }

  /** Prints a page, or keeps it until its traces are complete. */
  async take(page: TailPage): Promise<void> {
    await this.#show(this.#groups ? this.#groups.add(page) : page);
  }

  /** Prints the rest of the past events. Later ones are new. */
  async catchUp(): Promise<void> {
    await this.#show(this.#groups?.take());
    this.#hasCaughtUp = true;
  }

  stop(): void {
    this.#rates?.stop();
  }

  async #show(page: TailPage | undefined): Promise<void> {
    if (!page) return;
    this.#rates?.hide();
    const isPast = this.#printed === undefined && page.rows.length > 1;
    if (isPast && this.#follow && !this.#streams.isTerminal) await printInTwo(page, this.#printer, this.#signal);
    else await this.#printer.print(page);
    this.#printed = page.lastId;
    if (this.#hasCaughtUp) this.#rates?.count(page.rows.map(row => row.at(-1) ?? null));
    this.#rates?.show();
  }
}

/**
 * Prints the last past event a moment after the others. Only a write reveals that a reader has gone
 * (`telemetry tail | head -1`), and the next event may not arrive for hours.
 */
async function printInTwo(page: TailPage, { print }: Printer, signal: AbortSignal): Promise<void> {
  const last = page.rows.length - 1;
  await print({ ...page, rows: page.rows.slice(0, last) });
  await pause(LAST_EVENT_MS, signal);
  await print({ ...page, rows: page.rows.slice(last), groupStarts: page.groupStarts.includes(last) ? [0] : [] });
}
