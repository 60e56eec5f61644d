import { readServerFile } from '../../client/server-file.js';
import type { Body, Receipt } from '../../client/send.js';
import { codeOf, TelemetryError } from '../../core/errors.js';
import { ONCE } from '../../core/source.js';
import { pause } from '../../core/sleep.js';
import type { ServeOptions } from './serve-options.js';
import { DEFAULT_PORT } from '../config/settings.js';
import type { Context } from './context.js';
import type { DeliveryOptions } from './delivery-options.js';

/** The transport of streams that a command stores without a server. */
const TRANSPORT = 'send';

/** Polling interval while a server starts, in milliseconds. */
const POLL_MS = 50;

/** A body to deliver. */
export interface Delivery {
  /** NDJSON unless `contentType` is given. */
  readonly body: Body;
  readonly contentType?: string;
  /** Time to wait for a server that is not running yet, in milliseconds. */
  readonly wait: number;
  /** Aborts the request. */
  readonly signal: AbortSignal;
}

/** The receipt of a delivery, and its destination. */
export interface Delivered {
  readonly receipt: Receipt;
  /** The origin of a server, or the directory of a store. */
  readonly to: string;
}

/**
 * Delivers events to the given server, or to that of the store. When a named store has no server, this process stores a
 * short body itself, and runs a server until it ends for a stream. Without a named store and a running server, the
 * events go to the default port.
 * @throws TelemetryError as {@link send}, or what storing throws.
 */
export async function deliver(options: DeliveryOptions, delivery: Delivery, context: Context): Promise<Delivered> {
  const { url, store, isStoreNamed } = options;
  const { body, wait } = delivery;
  if (url !== undefined || !isStoreNamed) return deliverTo(options, delivery, context);
  const deadline = Date.now() + wait;
  while (!readServerFile(store) && Date.now() < deadline && !context.signal.aborted) {
    await pause(POLL_MS, context.signal);
  }
  const storable = typeof body === 'string' && delivery.contentType === undefined ? body : undefined;
  if (readServerFile(store)) {
    return deliverTo(options, delivery, context).catch(async (error: unknown) => {
      // A killed server leaves its address behind, and another process may have its pid.
      const receipt =
        storable !== undefined && isRefused(error) ? await storeHere(storable, options.server()) : undefined;
      if (!receipt) throw error;
      return { receipt, to: store };
    });
  }
  const receipt = storable === undefined ? undefined : await storeHere(storable, options.server());
  return receipt ? { receipt, to: store } : receiveHere(options, delivery, context);
}

function isRefused(error: unknown): boolean {
  return error instanceof TelemetryError && codeOf(error.cause) === 'ECONNREFUSED';
}

async function deliverTo(
  { url, store, token, trust }: DeliveryOptions,
  { body, contentType, wait, signal }: Delivery,
  context: Context,
): Promise<Delivered> {
  const { send } = await import('../../client/send.js');
  const { readTrust } = await import('../../client/trust.js');
  const destination = (): string => url ?? readServerFile(store)?.url ?? `http://127.0.0.1:${DEFAULT_PORT}`;
  const receipt = await send(body, {
    url: destination,
    token,
    trust: {
      ...readTrust(trust),
      pinned: () => (url === undefined ? readServerFile(store)?.certificate : undefined),
    },
    wait,
    waitSignal: context.signal,
    signal,
    ...(contentType !== undefined && { contentType }),
  });
  return { receipt, to: new URL(destination()).origin };
}

/** Stores a body in a store without a server. Returns undefined when another process has locked the store. */
async function storeHere(body: string, server: ServeOptions): Promise<Receipt | undefined> {
  const { lockStore } = await import('../../store/locks/store-lock.js');
  const unlock = lockStore(server.store);
  if (!unlock) return undefined;
  try {
    const { openEventStore } = await import('../../server/store-events.js');
    const events = await openEventStore({ ...server, transport: TRANSPORT });
    try {
      const { refused, accepted, duplicates, stream } = events.store({
        source: ONCE,
        position: 0,
        checkpoint: '',
        body: Buffer.from(body),
      });
      if (refused) throw new TelemetryError('failure', `the event was refused: ${refused.message}`);
      return { accepted, duplicates, stream };
    } finally {
      events.close();
    }
  } finally {
    unlock();
  }
}

/** Sends to the server of the store. This process runs it unless another process is starting one. */
async function receiveHere(
  { store, trust, token, server }: DeliveryOptions,
  { body, contentType, signal }: Delivery,
  context: Context,
): Promise<Delivered> {
  const { openReceiver } = await import('./receiver.js');
  const { send } = await import('../../client/send.js');
  const log = (text: string): void => void context.streams.err.write(`telemetry: ${text}\n`);
  const receiver = await openReceiver({
    command: 'send',
    url: undefined,
    trust,
    server: { ...server(), token },
    signal,
    log,
  });
  try {
    const receipt = await Promise.race([
      send(body, {
        url: () => receiver.url(),
        token: receiver.token,
        trust: receiver.trust,
        waitSignal: context.signal,
        signal,
        ...(contentType !== undefined && { contentType }),
      }),
      receiver.failed,
    ]);
    return { receipt, to: store };
  } finally {
    await receiver.stop();
  }
}
