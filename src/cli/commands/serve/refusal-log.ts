import { visible } from '../../../render/visible.js';
import type { RefusalDetail } from '../../../receivers/intake.js';
import { counted } from '../../shared/count.js';
import { senderName } from './sender-name.js';

/** The least time between two lines about the same reason, in milliseconds. */
const FIRST_INTERVAL_MS = 1000;

/** The longest message of a line, in characters: some quote what was sent. */
const MAX_MESSAGE_CHARACTERS = 300;

/** Refusals for one reason within the present interval. */
interface Recent {
  intervalMs: number;
  timer: NodeJS.Timeout;
  /** Refusals since the last line, and the latest of them. */
  held: number;
  last: RefusalDetail;
}

/**
 * Tells the operator of refused requests: senders such as exporters and agents do not show their users what a server
 * replies. The first refusal of a reason has its line at once. Then there is at most one line per reason and interval,
 * with the count of those in between; the interval doubles while the refusals go on, up to `longestMs`.
 */
export class RefusalLog {
  readonly #print: (line: string) => void;
  readonly #longestMs: number;
  readonly #recent = new Map<string, Recent>();

  constructor(print: (line: string) => void, longestMs: number) {
    this.#print = print;
    this.#longestMs = longestMs;
  }

  /** @param count of requests, or of events where the refusal is partial */
  report(reason: string, count: number, detail: RefusalDetail): void {
    const recent = this.#recent.get(reason);
    if (recent) {
      recent.held += count;
      recent.last = detail;
      return;
    }
    this.#print(lineOf(reason, detail, detail.isPartial ? counted(count, 'event') : undefined));
    this.#begin(reason, detail, FIRST_INTERVAL_MS);
  }

  /** Prints what is held. */
  close(): void {
    for (const [reason, recent] of this.#recent) {
      clearTimeout(recent.timer);
      this.#printHeld(reason, recent);
    }
    this.#recent.clear();
  }

  #begin(reason: string, last: RefusalDetail, intervalMs: number): void {
    const timer = setTimeout(() => this.#endInterval(reason), intervalMs).unref();
    this.#recent.set(reason, { intervalMs, timer, held: 0, last });
  }

  #endInterval(reason: string): void {
    const recent = this.#recent.get(reason)!;
    this.#recent.delete(reason);
    if (recent.held === 0) return;
    this.#printHeld(reason, recent);
    this.#begin(reason, recent.last, Math.min(2 * recent.intervalMs, this.#longestMs));
  }

  #printHeld(reason: string, { held, last }: Recent): void {
    if (held === 0) return;
    this.#print(lineOf(reason, last, last.isPartial ? `${counted(held, 'event')} more` : `${held} more, the last:`));
  }
}

/** `refused POST / from curl/8.5.0 (127.0.0.1): expected a value [invalid_json]` */
function lineOf(reason: string, detail: RefusalDetail, amount: string | undefined): string {
  const { message, request, isPartial } = detail;
  const parts = isPartial ? ['left out', amount, 'of', request] : ['refused', amount, request];
  const sender = senderName(detail);
  const from = sender === undefined ? '' : ` from ${sender}`;
  const what = parts.filter(part => part !== undefined).join(' ');
  return visible(`${what}${from}: ${shortened(message)} [${reason}]`);
}

function shortened(message: string): string {
  return message.length > MAX_MESSAGE_CHARACTERS ? `${message.slice(0, MAX_MESSAGE_CHARACTERS)}…` : message;
}
