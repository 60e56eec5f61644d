import { setImmediate as turn } from 'node:timers/promises';
import type { PostEvents } from '../../../client/source.js';
import { readServerFile } from '../../../client/server-file.js';
import type { TrustFiles } from '../../../client/trust.js';
import { codeOf, messageOf, TelemetryError } from '../../../core/errors.js';
import { ONCE } from '../../../core/source.js';
import type { EventStore } from '../../../server/store-events.js';
import type { Receiver } from '../../shared/receiver.js';
import type { ServeOptions } from '../../shared/serve-options.js';

/** The server starts after this delay, so that other processes find it by the server.json of the store. */
const RECEIVER_AFTER_MS = 250;

/** The server starts after this much output, to store it while the command runs rather than at its end. */
const RECEIVER_AFTER_BYTES = 64 * 1024;

/** Time to wait for an unreachable or busy server, in milliseconds: a restart takes some seconds. */
const PATIENCE_MS = 30_000;

/** The transport of events that are stored without a server. */
const TRANSPORT = 'run';

/** Options for finding or opening a destination. */
export interface DestinationOptions {
  /** The URL of the only acceptable server; undefined for the server of the store. */
  readonly url: string | undefined;
  readonly trust: TrustFiles;
  readonly server: ServeOptions;
  /** Aborts sending. */
  readonly signal: AbortSignal;
  /** Called when a server in this process fails. It does not restart. */
  readonly onFailed: () => void;
  readonly log: (text: string) => void;
}

/** Opens the destination. With a running server it is known at once, otherwise it depends on what the command does. */
export async function openDestination(options: DestinationOptions): Promise<Destination> {
  return new Destination(options, await lock(options));
}

/**
 * The destination of a command's events: a running server, or one in this process. For a command that ends soon, prints
 * little and does not connect, this process stores the events without a server.
 */
export class Destination {
  /** Sends events. Resolves once the destination is known. */
  readonly post: Promise<PostEvents>;
  readonly #options: DestinationOptions;
  /** Unlocks the store; undefined when a server is running or was given. */
  readonly #unlock: (() => void) | undefined;
  readonly #timer: NodeJS.Timeout;
  readonly #prepared: Promise<void> | undefined;
  #decide: (post: PostEvents | Promise<PostEvents>) => void = () => undefined;
  #receiver: Promise<Receiver> | undefined;
  #eventStore: EventStore | undefined;
  #isOver = false;
  #bytes = 0;

  constructor(options: DestinationOptions, unlock: (() => void) | undefined) {
    this.#options = options;
    this.#unlock = unlock;
    this.post = new Promise<PostEvents>(resolve => (this.#decide = resolve));
    this.post.catch(() => undefined);
    this.#timer = setTimeout(() => void this.receiver(), RECEIVER_AFTER_MS);
    this.#prepared = unlock && this.#prepare();
    this.#prepared?.catch(() => undefined);
    if (!unlock) void this.receiver();
  }

  /** Returns the receiver, started on the first call. Rejects when it cannot start, or after the command has ended. */
  receiver(): Promise<Receiver> {
    if (this.#receiver) return this.#receiver;
    if (this.#isOver) return Promise.reject(new TelemetryError('failure', 'the command is over'));
    clearTimeout(this.#timer);
    this.#eventStore?.close();
    this.#eventStore = undefined;
    const receiver = this.#openReceiver();
    this.#receiver = receiver;
    this.#decide(receiver.then(opened => this.#sendTo(opened)));
    receiver.then(({ failed }) => failed.catch(this.#options.onFailed)).catch(() => undefined);
    return receiver;
  }

  /** Records output of the command. */
  printed(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes > RECEIVER_AFTER_BYTES) void this.receiver();
  }

  /** Called once the command has ended and all its output has been captured. Later connections are refused. */
  async end(): Promise<void> {
    // Accepts connections that are already waiting, which start the receiver.
    await turn();
    this.#isOver = true;
    clearTimeout(this.#timer);
    if (!this.#receiver) this.#decide(this.#storeHere());
  }

  /** Stops the server of this process and releases the store. */
  async close(): Promise<void> {
    const opened = await this.#receiver?.catch(() => undefined);
    await opened?.stop().catch((error: unknown) => this.#options.log(messageOf(error)));
    if (this.#receiver) return;
    this.#eventStore?.close();
    this.#unlock?.();
  }

  async #openReceiver(): Promise<Receiver> {
    const { url, trust, server, signal, log } = this.#options;
    const lease =
      this.#unlock &&
      (await import('../../../server/acquire-store.js')).startWriting(server.store, server.durability, this.#unlock);
    const { openReceiver } = await import('../../shared/receiver.js');
    return openReceiver({ command: 'run', url, trust, server, lease, signal, log });
  }

  async #sendTo(opened: Receiver): Promise<PostEvents> {
    const { randomUUID } = await import('node:crypto');
    const { postEvents } = await import('../../../client/source.js');
    const source = `${ONCE}${randomUUID()}`;
    const { signal } = this.#options;
    return events => postEvents({ ...events, source }, opened, { patience: PATIENCE_MS, signal });
  }

  /** Opens the store while the command runs. If another process is writing to it, {@link #storeHere} opens it at the end. */
  async #prepare(): Promise<void> {
    const { openEventStore } = await import('../../../server/store-events.js');
    if (this.#isStarted() || this.#isOver) return;
    try {
      const opened = await openEventStore({ ...this.#options.server, transport: TRANSPORT }, 0);
      if (this.#isStarted()) opened.close();
      else this.#eventStore = opened;
    } catch (error) {
      // #storeHere reports the error once an event has to be stored.
      if (!(error instanceof TelemetryError) && codeOf(error) === undefined) throw error;
    }
  }

  async #storeHere(): Promise<PostEvents> {
    await this.#prepared;
    const { openEventStore } = await import('../../../server/store-events.js');
    const opened = (this.#eventStore ??= await openEventStore({ ...this.#options.server, transport: TRANSPORT }));
    return events => Promise.resolve(events).then(opened.store);
  }

  #isStarted(): boolean {
    return this.#receiver !== undefined;
  }
}

/** Locks a store without a server, so that no other process starts one. Returns the function that unlocks it. */
async function lock({ url, server: { store } }: DestinationOptions): Promise<(() => void) | undefined> {
  if (url !== undefined || readServerFile(store)) return undefined;
  const { lockStore } = await import('../../../store/locks/store-lock.js');
  try {
    return lockStore(store);
  } catch (error) {
    // The receiver reports the error.
    if (error instanceof TelemetryError) return undefined;
    throw error;
  }
}
