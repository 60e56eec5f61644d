import { rmSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { serverFile } from '../client/server-file.js';
import { DEFAULT_TUNING } from '../core/limits.js';
import { KnownObjects } from '../formats/json/known-objects.js';
import { sourcesOf } from '../store/catalog/sources.js';
import { openTokenReader } from '../store/catalog/token-reader.js';
import { identityOf } from '../store/database/store.js';
import { openWriter } from '../store/journal/writer.js';
import { AccessControl } from '../receivers/auth/access.js';
import { createGuard } from '../receivers/auth/guard.js';
import { HttpTransport } from '../receivers/http/http.js';
import type { Failure } from '../receivers/http/reply.js';
import type { Intake } from '../receivers/intake.js';
import { spending } from '../receivers/auth/rate-limit.js';
import { OtlpHttpTransport } from '../receivers/otlp/http.js';
import { OtlpIntake } from '../receivers/otlp/intake.js';
import { WebSocketTransport } from '../receivers/websocket/websocket.js';
import { openPipeline } from './pipeline.js';
import type { StoreLease } from './acquire-store.js';
import type { DirectImport } from './direct-import/direct-import.js';
import { listen, urlOf } from './listen.js';
import { ServerMetrics } from './metrics.js';
import { observedCounts, observedWriter } from './observed.js';
import { openGrpcPort, type OtlpGrpcPort } from './otlp-grpc.js';
import { requestHandler } from './routes.js';
import type { RunningServer, ServerOptions } from './server-options.js';
import { startAlerts, type RunningAlerts } from './alerts/supervisor.js';
import { OwnEvents } from './own-events.js';
import { remoteStates, startForwarding, type RunningForwarding } from './forwarding/supervisor.js';
import { startMaintenance, type RunningMaintenance } from './maintenance/supervisor.js';
import { startSources, type Sources } from './sources.js';
import { Queries } from './queries.js';
import { writeServerFile } from './server-file.js';
import { readTlsMaterial, type TlsMaterial } from './tls.js';
import { listenWithTls } from './tls-listener.js';
import { TAKES_WEBSOCKET, takeUpgrades } from './upgrades.js';
import { answerWrongProtocol } from './wrong-protocol.js';
import { answerMisdirected, grpcOnHttpPort, httpOnGrpcPort } from './wrong-port.js';

/** Time for a client to send the headers of a request, in milliseconds: bounds slow clients. */
const HEADERS_TIMEOUT_MS = 15_000;

/** Idle time between two requests of a connection, in milliseconds: longer than that of most load balancers. */
const KEEP_ALIVE_MS = 75_000;

/** More connections than the senders of a machine need. An idle one costs some 20 KiB. */
const MAX_CONNECTIONS = 10_000;

/** Time for POSTs in progress once the server stops, in milliseconds. */
const STOP_GRACE_MS = 1000;

/** Time for clients to read the last replies, in milliseconds. */
const LAST_REPLIES_MS = 2000;

/** Default interval of the retention policy. */
const HOUR_MS = 3_600_000;

/** Interval for closing connections that have had their last reply, in milliseconds. */
const SWEEP_MS = 20;

/** Delay before a temporary server starts maintenance and metrics, in milliseconds. Most end earlier, and these cost more than their work. */
const TEMPORARY_MS = 5000;

/** Delay before another server starts maintenance, in milliseconds: the first requests do not compete with its start. */
const MAINTENANCE_MS = 1000;

/**
 * Connects the components of a server in this order: journal, receivers, listener, sources, archive. `stop` reverses it.
 * @throws TelemetryError `failure` when the store cannot be opened or the port is not available.
 * Over 60 lines: each component needs several of the earlier ones.
 */
export async function wireServer(options: ServerOptions, lease: StoreLease): Promise<RunningServer> {
  const { store, durability, maxEventSize, idleTimeout, queueSize, version, tls } = options;
  const material = tls && readTlsMaterial(tls);
  let crash: (error: Error) => void = () => undefined;
  const failed = new Promise<never>((_, reject) => (crash = reject));
  failed.catch(() => undefined);
  const metrics = new ServerMetrics();
  const { observer = {} } = options;
  const counts = observedCounts(metrics.counts, observer);
  const thread = await lease.thread;
  const pipeline = await openPipeline(store, options.privacy, metrics);
  const written = openWriter({
    thread,
    queueBytes: queueSize,
    now: () => Date.now() * 1000,
    observer: metrics.observer,
    describe: pipeline.describe,
    onCrash: crash,
  });
  const writer = observedWriter(written, observer);
  const tokenReader = openTokenReader(store);
  const identity = identityOf(store);
  const { isTemporary, log = () => undefined } = options;
  const queries = new Queries({ store, version, processes: isTemporary ? 0 : (options.queryProcesses ?? 0), log });
  const access = new AccessControl({
    ...options,
    rateLimit: options.rateLimit,
    readSecret: queries.token?.secret,
    tokens: () => tokenReader.tokens(),
  });
  const guard = createGuard(options, access);
  const intake: Intake = {
    writer,
    process: (journal, sender) => pipeline.process(journal, sender && (sink => spending(sink, sender.allowance))),
    mayKeep: pipeline.mayKeep,
    guard,
    counts,
    durability,
    identity,
    keepHeaders: options.keepHeader,
    maxEventBytes: maxEventSize,
    knownObjects: new KnownObjects(),
    idleTimeoutMs: idleTimeout,
  };
  const http = new HttpTransport(intake);
  const webSocket = new WebSocketTransport(intake);
  const otlp = new OtlpIntake(intake);
  const otlpHttp = new OtlpHttpTransport(intake, otlp);
  let isStopping = false;
  const refusesPlain = tls !== undefined && (tls.isRequired || tls.clientCa !== undefined);

  const listener = createServer(
    // A POST may last for any time. `timeout` bounds only its silence.
    { headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: 0, keepAliveTimeout: KEEP_ALIVE_MS, ...TAKES_WEBSOCKET },
    requestHandler({
      guard,
      counts,
      http,
      otlp: otlpHttp,
      metrics,
      writer,
      version,
      identity,
      sources: prefix => sourcesOf(store, prefix),
      queryApi: () => queries.api,
      truncateOversize: options.truncateOversize ?? false,
      openStreams: () => http.active + webSocket.active + otlpHttp.active + otlp.active,
      isStopping: () => isStopping,
      refusesPlain,
    }),
  );
  const wrongProtocol = answerWrongProtocol(listener, counts, () => grpcOnHttpPort(grpc?.address));
  const secure =
    material &&
    listenWithTls(listener, material, HEADERS_TIMEOUT_MS, {
      takeHttp2: wrongProtocol.takeHttp2,
      onFailure: () => counts.refused('tls_handshake'),
    });
  listener.timeout = idleTimeout;
  listener.maxConnections = MAX_CONNECTIONS;
  // A sender may half-close the connection and wait for the reply (`nc -N`). Node's types lack this option.
  Object.assign(listener, { httpAllowHalfOpen: true });
  takeUpgrades(listener, { guard, counts, webSocket, refusesPlain });

  function closeAccess(): void {
    access.close();
    tokenReader.close();
    pipeline.close();
  }

  const startedAt = new Date().toISOString();
  let url: string;
  function announce(shown: TlsMaterial | undefined): void {
    const certificate = shown?.fingerprint;
    const querySocket = queries.socket;
    const otlpGrpc = grpc?.address;
    writeServerFile(store, { pid: process.pid, url, otlpGrpc, querySocket, startedAt, isTemporary, certificate });
  }

  const misdirected = (): Failure => httpOnGrpcPort(url);
  const answerHttp: RequestListener = (request, response) =>
    answerMisdirected(request, response, { counts, otlp: otlpHttp, failure: misdirected() });
  let grpc: OtlpGrpcPort | undefined;
  let sources: Sources | undefined;
  try {
    await listen(listener, options);
    url = urlOf(listener, options.host, material ? 'https' : 'http');
    const { otlpGrpc: address } = options;
    if (address) grpc = await openGrpcPort({ intake, otlp, address, material, misdirected, answerHttp }, options.log);
    sources = await startSources(intake, options, crash);
    metrics.countDropped(sources.dropped);
    metrics.showRemotes(() => remoteStates(store));
    await queries.listen();
    announce(material);
  } catch (error) {
    await queries.stop();
    queries.removeToken();
    await sources?.stop();
    listener.close();
    secure?.close();
    wrongProtocol.stop();
    listener.closeAllConnections();
    await grpc?.stop(0);
    closeAccess();
    await writer.close();
    throw error;
  }

  const { archive = DEFAULT_TUNING, retentionEvery = HOUR_MS } = options;
  let maintenance: RunningMaintenance | undefined;
  let alerts: RunningAlerts | undefined;
  let forwarding: RunningForwarding | undefined;
  let own: OwnEvents | undefined;
  function startMaintaining(): void {
    maintenance = startMaintenance(
      { dir: store, ...archive, retentionEvery },
      metrics.archive,
      () => own?.tellLosses(),
      log,
    );
  }
  function startBackground(): void {
    own = new OwnEvents(intake, store, log);
    alerts = startAlerts({ dir: store, memory: archive.memory }, metrics.alerts, log);
    forwarding = startForwarding({ dir: store }, () => metrics.forwarded(), log);
    metrics.load().catch(crash);
  }
  const delayed = [setTimeout(startMaintaining, isTemporary ? TEMPORARY_MS : MAINTENANCE_MS)];
  if (isTemporary) delayed.push(setTimeout(startBackground, TEMPORARY_MS));
  else startBackground();

  let direct: Promise<DirectImport> | undefined;
  async function openDirectImport(): Promise<DirectImport> {
    // Loaded on demand: it loads DuckDB.
    const { DirectImport: Opened } = await import('./direct-import/direct-import.js');
    return new Opened({
      store,
      engine: archive,
      maxEventBytes: maxEventSize,
      now: () => Date.now() * 1000,
      process: sink => pipeline.process(sink),
      describe: pipeline.describe ?? (opening => opening),
      mayKeep: pipeline.mayKeep ?? (() => true),
      thread,
      streams: written,
      onStored: (transport, stored, duplicates) => counts.stored(transport, stored, duplicates),
    });
  }

  return {
    url,
    otlpGrpc: grpc?.address,
    ports: sources.ports,
    readTokenFile: queries.api && queries.token?.file,
    failed,
    needsToken: () => access.needsToken(),
    renewCertificate() {
      if (!tls || !secure) return;
      const renewed = readTlsMaterial(tls);
      secure.renew(renewed);
      grpc?.renew(renewed).catch(crash);
      announce(renewed);
    },
    directImport: () => (direct ??= openDirectImport()),
    async stop() {
      isStopping = true;
      for (const timer of delayed) clearTimeout(timer);
      const queriesStopped = queries.stop();
      const maintenanceStopped = maintenance?.stop();
      const alertsStopped = alerts?.stop();
      const forwardingStopped = forwarding?.stop();
      const closed = new Promise(resolve => listener.close(resolve));
      secure?.close();
      wrongProtocol.stop();
      const sweeps = setInterval(() => listener.closeIdleConnections(), SWEEP_MS);
      webSocket.stop();
      await sources.stop();
      own?.close();
      if (http.active + otlpHttp.active + otlp.active > 0) await Promise.race([closed, delay(STOP_GRACE_MS)]);
      http.stop();
      otlpHttp.stop();
      otlp.stop();
      await grpc?.stop(LAST_REPLIES_MS);
      await Promise.race([closed, delay(LAST_REPLIES_MS)]);
      clearInterval(sweeps);
      await (await direct)?.close();
      await writer.close();
      await maintenanceStopped;
      await alertsStopped;
      await forwardingStopped;
      await queriesStopped;
      listener.closeAllConnections();
      closeAccess();
      // Last, since it fails in a read-only directory, and acks must not depend on it.
      try {
        queries.removeToken();
        rmSync(serverFile(store), { force: true });
      } finally {
        lease.unlock();
      }
    },
  };
}

function delay(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms).unref());
}
