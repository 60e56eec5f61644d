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

/**
 * The destination of a command's events: a running server, or one in this process. For a command that ends soon, prints
 * little and does not connect, this process stores the events without a server.
 */
export interface Destination {
  /** Sends events. Resolves once the destination is known. */
  readonly post: Promise<PostEvents>;
  /** Returns the receiver, started on the first call. Rejects when it cannot start, or after the command has ended. */
  receiver(): Promise<Receiver>;
  /** Records output of the command. */
  printed(bytes: number): void;
  /** Called once the command has ended and all its output has been captured. Later connections are refused. */
  end(): Promise<void>;
  /** Stops the server of this process and releases the store. */
  close(): Promise<void>;
}

/** Opens the destination. With a running server it is known at once, otherwise it depends on what the command does. */
export async function openDestination(options: DestinationOptions): Promise<Destination> {
  const { url, trust, server, signal, onFailed, log } = options;
  const unlock = await lock(options);
  let decide: (post: PostEvents | Promise<PostEvents>) => void = () => undefined;
  const post = new Promise<PostEvents>(resolve => (decide = resolve));
  post.catch(() => undefined);
  let receiver: Promise<Receiver> | undefined;
  let eventStore: EventStore | undefined;
  let isOver = false;
  let bytes = 0;
  const timer = setTimeout(() => void bringUp(), RECEIVER_AFTER_MS);

  const isNeeded = (): boolean => receiver !== undefined;

  function bringUp(): Promise<Receiver> {
    if (receiver) return receiver;
    if (isOver) return Promise.reject(new TelemetryError('failure', 'the command is over'));
    clearTimeout(timer);
    eventStore?.close();
    eventStore = undefined;
    receiver = receive();
    decide(receiver.then(sendTo));
    receiver.then(({ failed }) => failed.catch(onFailed)).catch(() => undefined);
    return receiver;
  }

  async function receive(): Promise<Receiver> {
    const lease =
      unlock &&
      (await import('../../../server/acquire-store.js')).startWriting(server.store, server.durability, unlock);
    const { openReceiver } = await import('../../shared/receiver.js');
    return openReceiver({ url, trust, server, lease, signal, log });
  }

  async function sendTo(opened: Receiver): Promise<PostEvents> {
    const { randomUUID } = await import('node:crypto');
    const { postEvents } = await import('../../../client/source.js');
    const source = `${ONCE}${randomUUID()}`;
    return events => postEvents({ ...events, source }, opened, { patience: PATIENCE_MS, signal });
  }

  /** Opens the store while the command runs. If another process is writing to it, {@link storeHere} opens it at the end. */
  async function prepare(): Promise<void> {
    const { openEventStore } = await import('../../../server/store-events.js');
    if (isNeeded() || isOver) return;
    try {
      const opened = await openEventStore({ ...server, transport: TRANSPORT }, 0);
      if (isNeeded()) opened.close();
      else eventStore = opened;
    } catch (error) {
      // storeHere reports the error once an event has to be stored.
      if (!(error instanceof TelemetryError) && codeOf(error) === undefined) throw error;
    }
  }

  async function storeHere(): Promise<PostEvents> {
    await prepared;
    const { openEventStore } = await import('../../../server/store-events.js');
    const opened = (eventStore ??= await openEventStore({ ...server, transport: TRANSPORT }));
    return events => Promise.resolve(events).then(opened.store);
  }

  const prepared = unlock && prepare();
  prepared?.catch(() => undefined);
  if (!unlock) void bringUp();
  return {
    post,
    receiver: bringUp,
    printed(more) {
      bytes += more;
      if (bytes > RECEIVER_AFTER_BYTES) void bringUp();
    },
    async end() {
      // Accepts connections that are already waiting, which start the receiver.
      await turn();
      isOver = true;
      clearTimeout(timer);
      if (!receiver) decide(storeHere());
    },
    async close() {
      const opened = await receiver?.catch(() => undefined);
      await opened?.stop().catch((error: unknown) => log(messageOf(error)));
      if (receiver) return;
      eventStore?.close();
      unlock?.();
    },
  };
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
