import { rmSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { serverFile } from '../client/server-file.js';
import { DEFAULT_TUNING } from '../core/limits.js';
import { feedsOf } from '../store/catalog/sources.js';
import { openTokenReader } from '../store/catalog/token-reader.js';
import { openWriter } from '../store/journal/writer.js';
import { accessControl } from '../receivers/auth/access.js';
import { createGuard } from '../receivers/auth/guard.js';
import { httpTransport } from '../receivers/http/http.js';
import type { Failure } from '../receivers/http/reply.js';
import type { Intake } from '../receivers/intake.js';
import { spending } from '../receivers/auth/rate-limit.js';
import { otlpHttpTransport } from '../receivers/otlp/http.js';
import { otlpIntake } from '../receivers/otlp/intake.js';
import { webSocketTransport } from '../receivers/websocket/websocket.js';
import { openGates } from './pipeline.js';
import type { HeldStore } from './acquire-store.js';
import { listen, urlOf } from './listen.js';
import { serverMetrics } from './metrics.js';
import { observedCounts, observedWriter } from './observed.js';
import { openGrpcPort, type OtlpGrpcPort } from './otlp-grpc.js';
import { requestHandler } from './routes.js';
import type { RunningServer, ServerOptions } from './server-options.js';
import { startKeeper, type RunningKeeper } from './maintenance/supervisor.js';
import { startSources, type Sources } from './sources.js';
import { writeServerFile } from './server-file.js';
import { readTlsMaterial, type TlsMaterial } from './tls.js';
import { listenWithTls } from './tls-listener.js';
import { TAKES_WEBSOCKET, takeUpgrades } from './upgrades.js';
import { answerWrongProtocol } from './wrong-protocol.js';
import { answerMisdirected, grpcOnHttpPort, httpOnGrpcPort } from './wrong-port.js';

/** Within this, a client has sent its request's headers, or it is one of too many slow ones. */
const HEADERS_TIMEOUT_MS = 15_000;

/** How long a connection may stay open between two requests: longer than most load balancers wait. */
const KEEP_ALIVE_MS = 75_000;

/** More than a machine's senders need; each costs some 20 KiB even when it says nothing. */
const MAX_CONNECTIONS = 10_000;

/** How long POSTs under way may go on once the server stops. */
const STOP_GRACE_MS = 1000;

/** How long clients get to take the last replies. */
const LAST_REPLIES_MS = 2000;

/** Unless it is told otherwise, a server applies the retention policy so often. */
const HOUR_MS = 3_600_000;

/** How often connections that have had their last reply are looked for, and closed. */
const SWEEP_MS = 20;

/** How long a temporary server does without the keeper and the metrics: most are gone before, and these cost more than their work. */
const TEMPORARY_MS = 5000;

/**
 * Connects what a server is made of: journal, transports, listener, sources, archive, in this order; `stop` goes back.
 * @throws TelemetryError `failure` when the store cannot be opened or the port cannot be had.
 */
export async function wireServer(options: ServerOptions, held: HeldStore): Promise<RunningServer> {
  const { store, durability, maxEventSize, idleTimeout, queueSize, version, tls } = options;
  const material = tls && readTlsMaterial(tls);
  let crash: (error: Error) => void = () => undefined;
  const failed = new Promise<never>((_, reject) => (crash = reject));
  failed.catch(() => undefined);
  const metrics = serverMetrics();
  const { observer = {} } = options;
  const counts = observedCounts(metrics.counts, observer);
  const thread = await held.thread;
  const gates = await openGates(store, options.privacy, metrics);
  const written = openWriter({
    thread,
    queueBytes: queueSize,
    now: () => Date.now() * 1000,
    observer: metrics.observer,
    describe: gates.describe,
    onCrash: crash,
  });
  const writer = observedWriter(written, observer);
  const tokenReader = openTokenReader(store);
  const access = accessControl({ ...options, rateLimit: options.rateLimit, tokens: () => tokenReader.tokens() });
  const guard = createGuard(options, access);
  const intake: Intake = {
    writer,
    admit: (journal, sender) => gates.admit(journal, sender && (sink => spending(sink, sender.allowance))),
    mayKeep: gates.mayKeep,
    guard,
    counts,
    durability,
    keepHeaders: options.keepHeader,
    maxEventBytes: maxEventSize,
    idleTimeoutMs: idleTimeout,
  };
  const http = httpTransport(intake);
  const webSocket = webSocketTransport(intake);
  const otlp = otlpIntake(intake);
  const otlpHttp = otlpHttpTransport(intake, otlp);
  let isStopping = false;
  const refusesPlain = tls !== undefined && (tls.isRequired || tls.clientCa !== undefined);

  const listener = createServer(
    // A POST may go on for ever; what must not is silence, which `timeout` bounds.
    { headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: 0, keepAliveTimeout: KEEP_ALIVE_MS, ...TAKES_WEBSOCKET },
    requestHandler({
      guard,
      counts,
      http,
      otlp: otlpHttp,
      metrics,
      writer,
      version,
      feeds: prefix => feedsOf(store, prefix),
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
  // A sender may close its direction once all is sent (`nc -N`), and waits for the reply. Node's types do not know it.
  Object.assign(listener, { httpAllowHalfOpen: true });
  takeUpgrades(listener, { guard, counts, webSocket, refusesPlain });

  function closeAccess(): void {
    access.close();
    tokenReader.close();
    gates.close();
  }

  const startedAt = new Date().toISOString();
  const { isTemporary } = options;
  let url: string;
  function announce(shown: TlsMaterial | undefined): void {
    const certificate = shown?.fingerprint;
    writeServerFile(store, { pid: process.pid, url, otlpGrpc: grpc?.address, startedAt, isTemporary, certificate });
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
    if (address) grpc = await openGrpcPort({ intake, otlp, address, material, misdirected, answerHttp }, options.say);
    sources = await startSources(intake, options, crash);
    metrics.countDropped(sources.dropped);
    announce(material);
  } catch (error) {
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

  const { archive = DEFAULT_TUNING, retentionEvery = HOUR_MS, say = () => undefined } = options;
  let keeper: RunningKeeper | undefined;
  function settleIn(): void {
    keeper = startKeeper({ dir: store, ...archive, retentionEvery }, metrics.archive, say);
    metrics.load().catch(crash);
  }
  const settling = isTemporary ? setTimeout(settleIn, TEMPORARY_MS) : undefined;
  if (!isTemporary) settleIn();

  return {
    url,
    otlpGrpc: grpc?.address,
    ports: sources.ports,
    failed,
    needsToken: () => access.needsToken(),
    renewCertificate() {
      if (!tls || !secure) return;
      const renewed = readTlsMaterial(tls);
      secure.renew(renewed);
      grpc?.renew(renewed).catch(crash);
      announce(renewed);
    },
    async stop() {
      isStopping = true;
      clearTimeout(settling);
      const keeperStopped = keeper?.stop();
      const closed = new Promise(resolve => listener.close(resolve));
      secure?.close();
      wrongProtocol.stop();
      const sweeps = setInterval(() => listener.closeIdleConnections(), SWEEP_MS);
      webSocket.stop();
      await sources.stop();
      if (http.active + otlpHttp.active + otlp.active > 0) await Promise.race([closed, delay(STOP_GRACE_MS)]);
      http.stop();
      otlpHttp.stop();
      otlp.stop();
      await grpc?.stop(LAST_REPLIES_MS);
      await Promise.race([closed, delay(LAST_REPLIES_MS)]);
      clearInterval(sweeps);
      await writer.close();
      await keeperStopped;
      listener.closeAllConnections();
      closeAccess();
      // Last, since it fails where the directory can no longer be written, and acks must not hang on it.
      try {
        rmSync(serverFile(store), { force: true });
      } finally {
        held.unlock();
      }
    },
  };
}

function delay(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms).unref());
}
