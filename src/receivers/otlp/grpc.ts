import {
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { Duplex } from 'node:stream';
import { MAX_OTLP_CALLS_ARRIVING } from '../../core/limits.js';
import { pause } from '../../core/sleep.js';
import type { Signal } from '../../formats/otlp/messages.js';
import type { Sender } from '../auth/access.js';
import { TOKEN_REVOKED } from '../http/request-abort.js';
import { GrpcMessageReader } from './grpc-message.js';
import { originOfStream, refuseHttp2 } from './http2-refusal.js';
import { headerPairs, sendFailure, sendMessage } from './grpc-reply.js';
import type { GrpcFailure } from './grpc-status.js';
import { afterDelay } from '../http/delay.js';
import { explained, isOrdinary, STOPPING, type Failure } from '../http/reply.js';
import { identityHeaders, openingWithOrigin } from '../http/source-request.js';
import type { Intake, RequestOrigin } from '../intake.js';
import type { BodyBuffer } from './body.js';
import type { OtlpIntake } from './intake.js';
import { exportResponse } from './reply.js';
import { openingWriter } from '../http/stream-opening.js';
import { Semaphore } from '../semaphore.js';

/** The method of each OTLP service (collector/trace/v1 and the like). */
const SIGNALS: Readonly<Record<string, Signal>> = {
  '/opentelemetry.proto.collector.trace.v1.TraceService/Export': 'traces',
  '/opentelemetry.proto.collector.logs.v1.LogsService/Export': 'logs',
  '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export': 'metrics',
};

/** Time for the message of a call to arrive while it holds a permit, in milliseconds. Deadlines of clients are some 10 s. */
const ARRIVAL_MS = 60_000;

/** Idle time before a ping, in milliseconds. Without a reply by the next one, the connection is closed. */
const KEEPALIVE_MS = 60_000;

/** Maximum concurrent calls of a connection: the recommended minimum of RFC 9113, section 6.5.2. */
const MAX_CALLS = 100;

/** Maximum size of the headers of a call, as in other servers. */
const MAX_HEADER_BYTES = 16 * 1024;

/** Maximum memory of a connection in Node, in MB: twice that of all calls with a full window (64 KiB). */
const MAX_SESSION_MB = 16;

/** An authorized call, before its message has arrived. */
interface AuthorizedCall {
  readonly stream: ServerHttp2Stream;
  readonly signal: Signal;
  readonly path: string;
  readonly sender: Sender;
  readonly origin: RequestOrigin;
  readonly headers: IncomingHttpHeaders;
  readonly raw: readonly string[];
}

/** Options of the server. */
export interface OtlpGrpcOptions {
  /** The refusal of a request that is not gRPC. */
  readonly misdirected: () => Failure;
  readonly arrivalMs?: number;
}

/**
 * OTLP over gRPC (the OTLP specification, "OTLP/gRPC"): one call is one request and one stream. Implements unary calls on
 * Node's HTTP/2, since the gRPC library decompresses only complete messages and supports neither zstd nor custom codecs.
 * Calls are authorized before their messages arrive. A semaphore limits the number of arriving messages; flow control
 * delays the others.
 */
export class OtlpGrpcServer {
  readonly #intake: Intake;
  readonly #otlp: OtlpIntake;
  readonly #arrivalMs: number;
  readonly #misdirected: OtlpGrpcOptions['misdirected'];
  readonly #server: Http2Server;
  readonly #sessions = new Set<ServerHttp2Session>();
  readonly #permits = new Semaphore(MAX_OTLP_CALLS_ARRIVING);
  readonly #arriving = new Set<(failure: Failure) => void>();
  readonly #openingOf: ReturnType<typeof openingWriter>;
  #isStopping = false;

  constructor(intake: Intake, otlp: OtlpIntake, { arrivalMs = ARRIVAL_MS, misdirected }: OtlpGrpcOptions) {
    this.#intake = intake;
    this.#otlp = otlp;
    this.#openingOf = openingWriter('otlp-grpc', intake.keepHeaders);
    this.#arrivalMs = arrivalMs;
    this.#misdirected = misdirected;
    this.#server = createServer({
      settings: { maxConcurrentStreams: MAX_CALLS, maxHeaderListSize: MAX_HEADER_BYTES },
      maxSessionMemory: MAX_SESSION_MB,
    });
    this.#server.on('session', session => this.#watch(session));
    // Node's types omit the raw headers, which keep repeated ones separate.
    this.#server.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, _flags, raw: string[] = []) =>
      this.#serve(stream, headers, raw),
    );
  }

  /** Serves a connection, plaintext or decrypted. */
  take(connection: Duplex): void {
    if (this.#isStopping) connection.destroy();
    else this.#server.emit('connection', connection);
  }

  /** Refuses new calls, and waits for calls in progress for at most `graceMs` milliseconds. */
  async stop(graceMs: number): Promise<void> {
    this.#isStopping = true;
    for (const fail of this.#arriving) fail(STOPPING);
    const closed = [...this.#sessions].map(closing);
    const waiting = new AbortController();
    await Promise.race([Promise.all(closed), pause(graceMs, waiting.signal)]);
    waiting.abort();
    for (const session of this.#sessions) session.destroy();
  }

  #watch(session: ServerHttp2Session): void {
    let isAnswered = true;
    this.#sessions.add(session);
    session.once('close', () => this.#sessions.delete(session));
    // The connection has closed or uses another protocol; Node has destroyed it.
    session.on('error', () => undefined);
    session.setTimeout(KEEPALIVE_MS, () => {
      if (!isAnswered || session.destroyed) {
        session.destroy();
        return;
      }
      isAnswered = false;
      session.ping(() => (isAnswered = true));
    });
  }

  #serve(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, raw: readonly string[]): void {
    const origin = originOfStream(stream, headers);
    if (!origin.isGrpc) {
      refuseHttp2(stream, origin, this.#intake.counts, this.#misdirected());
      return;
    }
    // A reset by the client also emits 'close', which ends the call.
    stream.on('error', () => undefined);
    const path = headers[':path'] ?? '';
    const signal = SIGNALS[path];
    if (signal === undefined) {
      const message = `nothing is served at ${path}`;
      this.#refuse(stream, origin, { status: 404, reason: 'not_found', message });
      return;
    }
    const { sender, refusal } = this.#intake.guard.authorize(headers, 'ingest', origin.address);
    if (refusal) afterDelay(refusal.delayMs, () => this.#refuse(stream, origin, refusal));
    else void this.#export({ stream, signal, sender, origin, headers, raw, path });
  }

  /** Handles an authorized call. */
  async #export(call: AuthorizedCall): Promise<void> {
    const { stream, signal, sender, origin, headers, raw, path } = call;
    const body = await this.#receive(call);
    if (!body) return;
    const opening = openingWithOrigin(this.#openingOf(origin.address, path, headerPairs(raw)), headers);
    const outcome = await this.#otlp.take({ signal, encoding: 'protobuf', body, opening, origin, sender });
    if (outcome.failure) sendFailure(stream, { ...outcome.failure, message: explained(outcome.failure) });
    else {
      const reply = exportResponse(signal, 'protobuf', outcome.rejections);
      sendMessage(stream, reply, identityHeaders(headers, this.#intake));
    }
  }

  /** Receives the message of a call once a permit is free. Resolves to undefined after the call has failed. */
  #receive({ stream, headers, sender, origin }: AuthorizedCall): Promise<BodyBuffer | undefined> {
    const { counts } = this.#intake;
    const encoding = headers['grpc-encoding'];
    const source = {
      stream,
      encoding: typeof encoding === 'string' ? encoding : undefined,
      bodies: this.#otlp.bodies,
      onBytes: (count: number) => counts.bytes(count),
    };
    return new Promise(resolve => {
      let timer: NodeJS.Timeout | undefined;
      /** Returns false when the call has already ended. */
      const end = (body?: BodyBuffer): boolean => {
        if (!this.#arriving.delete(fail)) return false;
        release();
        forgetToken();
        clearTimeout(timer);
        resolve(body);
        return true;
      };
      const fail = (failure: Failure): void => {
        if (!end()) return;
        reader.stop();
        this.#refuse(stream, origin, failure);
      };
      const reader = new GrpcMessageReader(source, result => {
        if ('failure' in result) fail(result.failure);
        else end(result.body);
      });
      this.#arriving.add(fail);
      const forgetToken = sender.onRevoked(() => fail(TOKEN_REVOKED));
      const release = this.#permits.acquire(() => {
        timer = setTimeout(fail, this.#arrivalMs, tooSlow(this.#arrivalMs)).unref();
        reader.start();
      });
      stream.once('close', () => {
        if (!end()) return;
        reader.stop();
        counts.refused('incomplete_call');
      });
    });
  }

  #refuse(stream: ServerHttp2Stream, origin: RequestOrigin, failure: GrpcFailure & Pick<Failure, 'reason'>): void {
    const detail = isOrdinary(failure.reason) ? undefined : { ...origin, message: explained(failure) };
    this.#intake.counts.refused(failure.reason, 1, detail);
    sendFailure(stream, { ...failure, message: explained(failure) });
  }
}

function tooSlow(ms: number): Failure {
  return { status: 408, reason: 'idle', message: `the message did not arrive within ${ms / 1000} s` };
}

/** Closes a session once its calls are answered. The callback of `close()` is lost where the client closes as well. */
function closing(session: ServerHttp2Session): Promise<void> {
  return new Promise(resolve => {
    session.once('close', resolve);
    session.close();
  });
}
