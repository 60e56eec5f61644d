import { rmSync } from 'node:fs';
import { serverFile } from '../client/server-file.js';
import { AccessControl } from '../receivers/auth/access.js';
import type { Failure } from '../receivers/http/reply.js';
import type { Intake, IntakeCounts } from '../receivers/intake.js';
import { sourcesOf } from '../store/catalog/sources.js';
import type { StoreLease } from './acquire-store.js';
import { BackgroundWork } from './background-work.js';
import type { DirectImport } from './direct-import/direct-import.js';
import { remoteStates } from './forwarding/supervisor.js';
import { HttpPort } from './http-port.js';
import { ServerMetrics } from './metrics.js';
import { observedCounts } from './observed.js';
import { openGrpcPort, type OtlpGrpcPort, type OtlpGrpcSetup } from './otlp-grpc.js';
import { Queries } from './queries.js';
import { RequestReceivers } from './request-receivers.js';
import type { Routes } from './routes.js';
import { openServedStore, type ServedStore } from './served-store.js';
import { writeServerFile } from './server-file.js';
import type { RunningServer, ServerOptions } from './server-options.js';
import { startSources, type Sources } from './sources.js';
import { readTlsMaterial, type TlsMaterial } from './tls.js';
import { answerMisdirected, grpcOnHttpPort, httpOnGrpcPort } from './wrong-port.js';

/** Time for POSTs in progress once the server stops, in milliseconds. */
const STOP_GRACE_MS = 1000;

/** Time for clients to read the last replies, in milliseconds. */
const LAST_REPLIES_MS = 2000;

/** Interval for closing connections that have had their last reply, in milliseconds. */
const SWEEP_MS = 20;

/**
 * Connects the components of a server in this order: journal, receivers, listener, sources, archive. `stop` reverses it.
 * @throws TelemetryError `failure` when the store cannot be opened or the port is not available.
 */
export async function wireServer(options: ServerOptions, lease: StoreLease): Promise<RunningServer> {
  const material = options.tls && readTlsMaterial(options.tls);
  const failure = openFailure();
  const metrics = new ServerMetrics();
  const store = await openServedStore(options, lease, metrics, failure.crash);
  const server = new WiredServer(options, { lease, material, failure, metrics, store });
  await server.start();
  return server;
}

/** The failure of a server. */
interface ServerFailure {
  /** Rejects after {@link crash}. */
  readonly failed: Promise<never>;
  readonly crash: (error: Error) => void;
}

function openFailure(): ServerFailure {
  let crash: (error: Error) => void = () => undefined;
  const failed = new Promise<never>((_, reject) => (crash = reject));
  failed.catch(() => undefined);
  return { failed, crash };
}

/** The parts of a server that exist before it. */
interface ServerParts {
  readonly lease: StoreLease;
  readonly material: TlsMaterial | undefined;
  readonly failure: ServerFailure;
  readonly metrics: ServerMetrics;
  readonly store: ServedStore;
}

/** A server whose components are connected. It receives once it is started. */
class WiredServer implements RunningServer {
  readonly #options: ServerOptions;
  readonly #parts: ServerParts;
  readonly #counts: IntakeCounts;
  readonly #queries: Queries;
  readonly #access: AccessControl;
  readonly #intake: Intake;
  readonly #receivers: RequestReceivers;
  readonly #port: HttpPort;
  readonly #background: BackgroundWork;
  readonly #startedAt = new Date().toISOString();
  #url = '';
  #grpc: OtlpGrpcPort | undefined;
  #sources: Sources | undefined;
  #direct: Promise<DirectImport> | undefined;
  #isStopping = false;

  constructor(options: ServerOptions, parts: ServerParts) {
    const { store, version, temporaryFor, queryProcesses = 0, log = () => undefined } = options;
    const { metrics, failure } = parts;
    this.#options = options;
    this.#parts = parts;
    this.#counts = observedCounts(metrics.counts, options.observer ?? {});
    this.#queries = new Queries({ store, version, processes: temporaryFor === undefined ? queryProcesses : 0, log });
    this.#access = new AccessControl({
      ...options,
      rateLimit: options.rateLimit,
      readSecret: this.#queries.token?.secret,
      tokens: () => parts.store.tokens(),
    });
    this.#intake = parts.store.intake(this.#access, this.#counts);
    this.#receivers = new RequestReceivers(this.#intake);
    this.#port = new HttpPort({
      routes: this.#routes(),
      webSocket: this.#receivers.webSocket,
      idleTimeout: options.idleTimeout,
      material: parts.material,
      http2Failure: () => grpcOnHttpPort(this.#grpc?.address),
    });
    this.#background = new BackgroundWork(options, { intake: this.#intake, metrics, crash: failure.crash });
  }

  get url(): string {
    return this.#url;
  }

  get otlpGrpc(): string | undefined {
    return this.#grpc?.address;
  }

  get ports(): Readonly<Record<string, number>> {
    return this.#sources!.ports;
  }

  get readTokenFile(): string | undefined {
    return this.#queries.api && this.#queries.token?.file;
  }

  get failed(): Promise<never> {
    return this.#parts.failure.failed;
  }

  needsToken(): boolean {
    return this.#access.needsToken();
  }

  renewCertificate(): void {
    const { tls } = this.#options;
    if (!tls) return;
    const renewed = readTlsMaterial(tls);
    this.#port.renew(renewed);
    this.#grpc?.renew(renewed).catch(this.#parts.failure.crash);
    this.#announce(renewed);
  }

  directImport(): Promise<DirectImport> {
    return (this.#direct ??= this.#parts.store.openDirectImport(this.#counts));
  }

  /** Opens the ports and starts the sources and the background work. @throws TelemetryError `failure`, after closing all */
  async start(): Promise<void> {
    try {
      await this.#open();
    } catch (error) {
      await this.#closeUnstarted();
      throw error;
    }
    this.#background.start();
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    const queriesStopped = this.#queries.stop();
    const backgroundStopped = this.#background.stop();
    const closed = this.#port.close();
    const sweeps = setInterval(() => this.#port.closeIdleConnections(), SWEEP_MS);
    this.#receivers.webSocket.stop();
    await this.#sources?.stop();
    this.#background.closeOwnEvents();
    if (this.#receivers.openRequests > 0) await Promise.race([closed, delay(STOP_GRACE_MS)]);
    this.#receivers.stopRequests();
    await this.#grpc?.stop(LAST_REPLIES_MS);
    await Promise.race([closed, delay(LAST_REPLIES_MS)]);
    clearInterval(sweeps);
    await (await this.#direct)?.close();
    await this.#parts.store.writer.close();
    await backgroundStopped;
    await queriesStopped;
    this.#port.closeAllConnections();
    this.#closeAccess();
    this.#unlock();
  }

  #routes(): Routes {
    const { store: dir, version, tls, truncateOversize = false } = this.#options;
    const { store, metrics } = this.#parts;
    const { http, otlpHttp } = this.#receivers;
    return {
      guard: this.#intake.guard,
      counts: this.#counts,
      http,
      otlp: otlpHttp,
      metrics,
      writer: store.writer,
      version,
      identity: store.identity,
      sources: prefix => sourcesOf(dir, prefix),
      queryApi: () => this.#queries.api,
      truncateOversize,
      openStreams: () => this.#receivers.openStreams,
      isStopping: () => this.#isStopping,
      refusesPlain: tls !== undefined && (tls.isRequired || tls.clientCa !== undefined),
    };
  }

  async #open(): Promise<void> {
    const { store, otlpGrpc, log } = this.#options;
    const { material, metrics, failure } = this.#parts;
    this.#url = await this.#port.listen(this.#options);
    if (otlpGrpc) this.#grpc = await openGrpcPort({ ...this.#grpcSetup(), address: otlpGrpc, material }, log);
    this.#sources = await startSources(this.#intake, this.#options, failure.crash);
    metrics.countDropped(this.#sources.dropped);
    metrics.showRemotes(() => remoteStates(store));
    await this.#queries.listen();
    this.#announce(material);
  }

  #grpcSetup(): Omit<OtlpGrpcSetup, 'address' | 'material'> {
    const { otlp, otlpHttp } = this.#receivers;
    const misdirected = (): Failure => httpOnGrpcPort(this.#url);
    return {
      intake: this.#intake,
      otlp,
      misdirected,
      answerHttp: (request, response) =>
        answerMisdirected(request, response, { counts: this.#counts, otlp: otlpHttp, failure: misdirected() }),
    };
  }

  /** Writes server.json. @param shown the certificate of the ports */
  #announce(shown: TlsMaterial | undefined): void {
    const { store, temporaryFor: command } = this.#options;
    writeServerFile(store, {
      pid: process.pid,
      url: this.#url,
      otlpGrpc: this.#grpc?.address,
      querySocket: this.#queries.socket,
      startedAt: this.#startedAt,
      isTemporary: command !== undefined,
      command,
      certificate: shown?.fingerprint,
    });
  }

  /** Closes what a failed start has opened. */
  async #closeUnstarted(): Promise<void> {
    await this.#queries.stop();
    this.#queries.removeToken();
    await this.#sources?.stop();
    void this.#port.close();
    this.#port.closeAllConnections();
    await this.#grpc?.stop(0);
    this.#closeAccess();
    await this.#parts.store.writer.close();
  }

  #closeAccess(): void {
    this.#access.close();
    this.#parts.store.closeReaders();
  }

  /** Unlocks the store. Call it last: it fails in a read-only directory, and acks must not depend on it. */
  #unlock(): void {
    try {
      this.#queries.removeToken();
      rmSync(serverFile(this.#options.store), { force: true });
    } finally {
      this.#parts.lease.unlock();
    }
  }
}

function delay(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms).unref());
}
