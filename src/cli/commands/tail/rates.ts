import { severitiesFrom } from '../../../core/severity-of.js';
import { counted } from '../../shared/count.js';
import { StatusLine } from '../../shared/status-line.js';
import type { Streams } from '../../shared/streams.js';

/** The seconds that rates are computed over. */
const WINDOW_SECONDS = 10;

const ERRORS: ReadonlySet<string> = new Set(severitiesFrom('ERROR'));

/** Events and errors of one second. */
interface Second {
  readonly at: number;
  events: number;
  errors: number;
}

/** A line of rates at the bottom of a terminal, below the events of a tail. Without a terminal it shows nothing. */
export class TailRates {
  readonly #line: StatusLine;
  readonly #now: () => number;
  readonly #timer: NodeJS.Timeout;
  readonly #start: number;
  #seconds: Second[] = [];
  #events = 0;
  #errors = 0;

  /** @param now the present, in milliseconds */
  constructor({ out, isTerminal, columns, canRedraw }: Streams, now: () => number) {
    this.#line = new StatusLine(out, () => (isTerminal && canRedraw ? columns : undefined));
    this.#now = now;
    this.#start = Math.floor(now() / 1000);
    this.#timer = setInterval(() => this.show(), 1000);
    this.#timer.unref();
  }

  /** Counts events by their severities. */
  count(severities: readonly (string | null)[]): void {
    const at = Math.floor(this.#now() / 1000);
    const errors = severities.filter(severity => severity !== null && ERRORS.has(severity)).length;
    const last = this.#seconds.at(-1);
    const second = last?.at === at ? last : { at, events: 0, errors: 0 };
    if (second !== last) this.#seconds.push(second);
    second.events += severities.length;
    second.errors += errors;
    this.#events += severities.length;
    this.#errors += errors;
  }

  /** Draws the line. */
  show(): void {
    this.#line.update(this.text());
  }

  /** Erases the line, so that events can be printed. */
  hide(): void {
    this.#line.clear();
  }

  /** The line: the rates of the last seconds, and the sums. */
  text(): string {
    const now = Math.floor(this.#now() / 1000);
    this.#seconds = this.#seconds.filter(({ at }) => at > now - WINDOW_SECONDS);
    const length = Math.max(1, Math.min(WINDOW_SECONDS, now - this.#start + 1));
    const rate = (count: number): string => String(Number((count / length).toPrecision(3)));
    const events = this.#seconds.reduce((sum, second) => sum + second.events, 0);
    const errors = this.#seconds.reduce((sum, second) => sum + second.errors, 0);
    return `${rate(events)} events/s, ${rate(errors)} errors/s; ${counted(this.#events, 'event')}, ${counted(this.#errors, 'error')}`;
  }

  /** Erases the line for good. */
  stop(): void {
    clearInterval(this.#timer);
    this.hide();
  }
}
