import { visible } from '../../../render/visible.js';
import type { RefusalDetail } from '../../../receivers/intake.js';
import { counted } from '../../shared/count.js';
import { senderName } from './sender-name.js';

/** Minimum time between two lines for the same reason, in milliseconds. */
const FIRST_INTERVAL_MS = 1000;

/** Maximum length of a message, in characters: some quote the request. */
const MAX_MESSAGE_CHARACTERS = 300;

/** Refusals for one reason in the current interval. */
interface Recent {
  intervalMs: number;
  timer: NodeJS.Timeout;
  /** Refusals since the last line, and the latest of them. */
  unprinted: number;
  last: RefusalDetail;
}

/**
 * Logs refused requests for the operator, since exporters and agents do not show replies to their users. The first
 * refusal for a reason is logged at once, later ones as a count once per interval. The interval doubles while refusals
 * continue, up to `longestMs`.
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
      recent.unprinted += count;
      recent.last = detail;
      return;
    }
    this.#print(lineOf(reason, detail, detail.isPartial ? counted(count, 'event') : undefined));
    this.#begin(reason, detail, FIRST_INTERVAL_MS);
  }

  /** Prints the remaining counts. */
  close(): void {
    for (const [reason, recent] of this.#recent) {
      clearTimeout(recent.timer);
      this.#printCount(reason, recent);
    }
    this.#recent.clear();
  }

  #begin(reason: string, last: RefusalDetail, intervalMs: number): void {
    const timer = setTimeout(() => this.#endInterval(reason), intervalMs).unref();
    this.#recent.set(reason, { intervalMs, timer, unprinted: 0, last });
  }

  #endInterval(reason: string): void {
    const recent = this.#recent.get(reason)!;
    this.#recent.delete(reason);
    if (recent.unprinted === 0) return;
    this.#printCount(reason, recent);
    this.#begin(reason, recent.last, Math.min(2 * recent.intervalMs, this.#longestMs));
  }

  #printCount(reason: string, { unprinted, last }: Recent): void {
    if (unprinted === 0) return;
    const amount = last.isPartial ? `${counted(unprinted, 'event')} more` : `${unprinted} more, the last:`;
    this.#print(lineOf(reason, last, amount));
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
