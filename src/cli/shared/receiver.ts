import { randomUUID } from 'node:crypto';
import type { SourceServer } from '../../client/source.js';
import { readServerFile } from '../../client/server-file.js';
import type { TrustFiles } from '../../client/trust.js';
import { TelemetryError } from '../../core/errors.js';
import { pause } from '../../core/sleep.js';
import type { StoreLease } from '../../server/acquire-store.js';
import type { DirectImport, DirectlySealed } from '../../server/direct-import/direct-import.js';
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

/** Options for finding or starting a receiver. */
export interface ReceiverOptions {
  /** The name of the command: an error of others that find the store in use has it. */
  readonly command: string;
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
export async function openReceiver(options: ReceiverOptions): Promise<Receiver> {
  const { url, trust, lease } = options;
  // Loaded on demand, since it loads TLS.
  const isTrusting = Object.values(trust).some(file => file !== undefined);
  const { options: trusted } = isTrusting ? (await import('../../client/trust.js')).readTrust(trust) : { options: {} };
  const receiver = new Receiver(options, trusted);
  if (url === undefined) await receiver.findOrStart(lease);
  return receiver;
}

/** The server that receives a command's events. */
export class Receiver implements SourceServer {
  readonly trust: SourceServer['trust'];
  readonly onWait: (reason: TelemetryError) => void;
  /** Rejects when a server in this process fails. */
  readonly failed: Promise<never>;
  readonly #options: ReceiverOptions;
  #fail: (error: unknown) => void = () => undefined;
  #own: RunningServer | undefined;
  #direct: Promise<DirectImport> | undefined;
  #url: string;
  #token: string | undefined;
  #goneSince: number | undefined;
  /** True when the last server found ends with its command, so that no process will restart it. */
  #isTemporary = false;

  constructor(options: ReceiverOptions, trusted: NonNullable<SourceServer['trust']>['options']) {
    const { url, server, log } = options;
    this.#options = options;
    this.#url = url ?? '';
    this.#token = server.token;
    this.trust = {
      options: trusted,
      pinned: () => (url === undefined ? readServerFile(server.store)?.certificate : undefined),
    };
    this.onWait = waitNotice(log);
    this.failed = new Promise<never>((_, reject) => {
      this.#fail = reject;
    });
    this.failed.catch(() => undefined);
  }

  /** True while the server runs in this process. */
  get isOwn(): boolean {
    return this.#own !== undefined;
  }

  /** The events that this process wrote to segments itself; undefined when it did not. */
  async directlySealed(): Promise<DirectlySealed | undefined> {
    return (await this.#direct)?.sealed;
  }

  /** The way of large imports past the journal; undefined when another process runs the server. */
  async directImport(): Promise<DirectImport | undefined> {
    return (this.#direct ??= this.#own?.directImport());
  }

  get token(): string | undefined {
    return this.#token;
  }

  url(): string {
    return this.#url;
  }

  async recover(): Promise<void> {
    if (this.#options.url !== undefined || this.#own) return;
    if (this.#find()) {
      this.#goneSince = undefined;
      return;
    }
    this.#goneSince ??= Date.now();
    if (!this.#isTemporary && Date.now() - this.#goneSince < TAKE_OVER_MS) return;
    await this.findOrStart();
  }

  /** Stops the server if it runs in this process. */
  async stop(): Promise<void> {
    await this.#own?.stop();
  }

  /**
   * Starts a server with a lease. Without one, finds or starts a server, or waits for the process that has locked the
   * store to announce its address.
   */
  async findOrStart(lease?: StoreLease): Promise<void> {
    if (lease) {
      await this.#start(lease);
      return;
    }
    const { signal } = this.#options;
    const begun = Date.now();
    while (!this.#find()) {
      try {
        await this.#start();
        return;
      } catch (error) {
        const isInUse = error instanceof TelemetryError && error.cause === STORE_IN_USE;
        if (!isInUse || signal.aborted || Date.now() - begun > TAKE_OVER_MS) throw error;
      }
      await pause(POLL_MS, signal);
    }
  }

  #find(): boolean {
    const found = readServerFile(this.#options.server.store);
    if (!found) return false;
    this.#url = found.url;
    this.#isTemporary = found.isTemporary === true;
    return true;
  }

  async #start(lease?: StoreLease): Promise<void> {
    const options = ownServer(this.#options);
    let started = await startServer(options, lease);
    if (this.#token === undefined && started.needsToken()) {
      // The store has tokens, but only their hashes are stored: this process uses a temporary one.
      await started.stop();
      this.#token = randomUUID();
      started = await startServer({ ...options, token: this.#token });
    }
    started.failed.catch((error: unknown) => this.#fail(error));
    this.#own = started;
    this.#url = started.url;
  }
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
function ownServer({ server, command, log }: ReceiverOptions): ServerOptions {
  return {
    ...server,
    host: '127.0.0.1',
    port: 0,
    rateLimit: undefined,
    tls: undefined,
    otlpGrpc: undefined,
    version: VERSION,
    sources: { scrape: [] },
    temporaryFor: command,
    log,
  };
}
