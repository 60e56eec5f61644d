import type { Opening } from '../../../server/observed.js';
import { visible } from '../../../render/visible.js';
import { counted } from '../../shared/count.js';
import { isLocal, senderName } from './sender-name.js';
import type { StatusLine } from '../../shared/status-line.js';

/** Refresh interval of the rate, in milliseconds. */
const REFRESH_MS = 1000;

/** Maximum number of senders that get a line. */
const MAX_SENDERS = 1000;

/** Names of transports that are clearer to readers than their own. */
const PROTOCOLS: Readonly<Record<string, string>> = { 'otlp-grpc': 'grpc', 'otlp-http': 'http' };

/** Shows incoming events on a terminal: a line for the first event of each sender, and a status line with the rate. */
export class Activity {
  readonly #line: StatusLine;
  readonly #senders = new Set<string>();
  readonly #greeted = new WeakSet<Opening>();
  #stored = 0;
  #storedBefore = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(line: StatusLine) {
    this.#line = line;
  }

  /** Records newly committed events of a stream. */
  stored(opening: Opening, events: number): void {
    this.#stored += events;
    if (!this.#greeted.has(opening)) this.#greet(opening);
    this.#greeted.add(opening);
    this.#timer ??= setInterval(() => this.#show(), REFRESH_MS).unref();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#line.clear();
  }

  #greet({ transport, remote, headers }: Opening): void {
    const { 'user-agent': userAgent } = JSON.parse(headers) as Record<string, string | undefined>;
    const name = senderName({ userAgent, address: isLocal(remote) && userAgent ? undefined : remote });
    const protocol = PROTOCOLS[transport] ?? transport;
    const sender = name === undefined ? protocol : `${name} (${protocol})`;
    if (this.#senders.has(sender) || this.#senders.size >= MAX_SENDERS) return;
    this.#senders.add(sender);
    this.#line.print(visible(`first event from ${sender}`));
  }

  #show(): void {
    const rate = Math.round(((this.#stored - this.#storedBefore) * 1000) / REFRESH_MS);
    this.#storedBefore = this.#stored;
    this.#line.update(
      `${counted(this.#stored, 'event')} stored, ${rate === 0 ? 'idle' : `${counted(rate, 'event')}/s`}`,
    );
    if (rate > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
