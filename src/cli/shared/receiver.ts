import { randomUUID } from 'node:crypto';
import type { SourceServer } from '../../client/source.js';
import { readServerFile } from '../../client/server-file.js';
import type { TrustFiles } from '../../client/trust.js';
import { TelemetryError } from '../../core/errors.js';
import { pause } from '../../core/sleep.js';
import type { StoreLease } from '../../server/acquire-store.js';
import { startServer, STORE_IN_USE } from '../../server/server.js';
import { type RunningServer, type ServerOptions } from '../../server/server-options.js';
import type { ServeOptions } from './serve-options.js';
import { VERSION } from './version.js';

/** Time to wait for a vanished server before this process replaces it, in milliseconds. */
const TAKE_OVER_MS = 20_000;

/** Polling interval of that wait, in milliseconds. */
const POLL_MS = 50;

/** Interval at which an unchanged reason for a wait is logged again, in milliseconds. */
const WAIT_LOG_INTERVAL_MS = 60_000;

/** The server that receives a command's events. */
export interface Receiver extends SourceServer {
  /** True while the server runs in this process. */
  readonly isOwn: boolean;
  /** Rejects when a server in this process fails. */
  readonly failed: Promise<never>;
  /** Stops the server if it runs in this process. */
  stop(): Promise<void>;
}

/** Options for finding or starting a receiver. */
export interface ReceiverOptions {
  /** The URL of the only acceptable server; undefined for the server of the store. */
  readonly url: string | undefined;
  readonly trust: TrustFiles;
  readonly server: ServeOptions;
  /** The lease of the store, when this process has acquired it already. */
  readonly lease?: StoreLease | undefined;
  readonly signal: AbortSignal;
  readonly log: (text: string) => void;
}

/**
 * Returns the given server, or the one that runs on the store. Without one, this process runs a server until its command
 * ends, so that other commands can send to the store meanwhile.
 * @throws TelemetryError as {@link startServer}.
 */
export async function openReceiver({
  url: named,
  trust,
  server: options,
  lease,
  signal,
  log,
}: ReceiverOptions): Promise<Receiver> {
  const { store } = options;
  let own: RunningServer | undefined;
  let url = '';
  let { token } = options;
  let goneSince: number | undefined;
  /** True when the last server found ends with its command, so that no process will restart it. */
  let isTemporary = false;

  function find(): boolean {
    const found = readServerFile(store);
    if (!found) return false;
    url = found.url;
    isTemporary = found.isTemporary === true;
    return true;
  }

  let fail: (error: unknown) => void = () => undefined;
  const failed = new Promise<never>((_, reject) => {
    fail = reject;
  });
  failed.catch(() => undefined);

  async function become(acquired?: StoreLease): Promise<void> {
    let started = await startServer(ownServer(options, log), acquired);
    if (token === undefined && started.needsToken()) {
      // The store has tokens, but only their hashes are stored: this process uses a temporary one.
      await started.stop();
      token = randomUUID();
      started = await startServer({ ...ownServer(options, log), token });
    }
    started.failed.catch(fail);
    own = started;
    url = started.url;
  }

  /** Starts a server, or waits for the process that has locked the store to announce its address. */
  async function findOrBecome(): Promise<void> {
    const begun = Date.now();
    for (;;) {
      if (find()) return;
      try {
        await become();
        return;
      } catch (error) {
        const isInUse = error instanceof TelemetryError && error.cause === STORE_IN_USE;
        if (!isInUse || signal.aborted || Date.now() - begun > TAKE_OVER_MS) throw error;
      }
      await pause(POLL_MS, signal);
    }
  }

  // Loaded on demand, since it loads TLS.
  const isTrusting = Object.values(trust).some(file => file !== undefined);
  const { options: trusted } = isTrusting ? (await import('../../client/trust.js')).readTrust(trust) : { options: {} };
  if (named !== undefined) url = named;
  else if (lease) await become(lease);
  else await findOrBecome();
  return {
    url: () => url,
    trust: { options: trusted, pinned: () => (named === undefined ? readServerFile(store)?.certificate : undefined) },
    get token() {
      return token;
    },
    failed,
    get isOwn() {
      return own !== undefined;
    },
    async recover() {
      if (named !== undefined || own) return;
      if (find()) {
        goneSince = undefined;
        return;
      }
      goneSince ??= Date.now();
      if (!isTemporary && Date.now() - goneSince < TAKE_OVER_MS) return;
      await findOrBecome();
    },
    onWait: waitNotice(log),
    stop: async () => own?.stop(),
  };
}

/** Returns a function that logs the reason for a wait: each new one, and an unchanged one once a minute. */
function waitNotice(log: (text: string) => void): (reason: TelemetryError) => void {
  let logged = '';
  let loggedAt = -Infinity;
  return ({ message }) => {
    const now = performance.now();
    if (message === logged && now - loggedAt < WAIT_LOG_INTERVAL_MS) return;
    logged = message;
    loggedAt = now;
    log(`waiting: ${message}`);
  };
}

/** The options of a server in this process: the settings of the store, but a free port of loopback and no sources. */
function ownServer(options: ServeOptions, log: (text: string) => void): ServerOptions {
  return {
    ...options,
    host: '127.0.0.1',
    port: 0,
    rateLimit: undefined,
    tls: undefined,
    otlpGrpc: undefined,
    version: VERSION,
    sources: { scrape: [] },
    isTemporary: true,
    log,
  };
}
