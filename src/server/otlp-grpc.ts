import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { createServer as createHttpServer } from 'node:http';
import { createServer, isIPv6, type AddressInfo, type Server, type Socket } from 'node:net';
import type { Server as TlsServer } from 'node:tls';
import { codeOf, messageOf, TelemetryError } from '../core/errors.js';
import type { ListenAddress } from '../receivers/datagram/datagrams.js';
import type { Http2Refusal } from '../receivers/otlp/http2-refusal.js';
import type { Failure } from '../receivers/http/reply.js';
import type { Intake } from '../receivers/intake.js';
import type { OtlpGrpcServer } from '../receivers/otlp/grpc.js';
import type { OtlpIntake } from '../receivers/otlp/intake.js';
import { detectProtocol, type Protocol } from './first-bytes.js';
import { contextOptions, type TlsMaterial } from './tls.js';

/** Time for the first bytes of a client, and for the TLS handshake, in milliseconds. */
const HELLO_MS = 15_000;

/** More connections than the senders of a machine need. An idle one costs some 20 KiB. */
const MAX_CONNECTIONS = 10_000;

/** The refusal of a plaintext call on a port that requires TLS. */
const NEEDS_TLS: Failure = {
  status: 426,
  reason: 'plain_http',
  message: 'this port accepts only TLS: give the exporter an https:// endpoint',
};

/** The address of OTLP over gRPC. */
export interface OtlpGrpcAddress extends ListenAddress {
  /** True for the default address: if its port is in use, the server runs without gRPC. */
  readonly isOptional?: boolean;
}

/** Options of the port. */
export interface OtlpGrpcSetup {
  readonly intake: Intake;
  readonly otlp: OtlpIntake;
  readonly address: OtlpGrpcAddress;
  /** Undefined without TLS. */
  readonly material: TlsMaterial | undefined;
  /** The refusal of a request that is not gRPC. */
  readonly misdirected: () => Failure;
  /** Answers a request over HTTP/1.1. */
  readonly answerHttp: RequestListener;
}

/**
 * Opens the port. Logs a line and returns undefined when an optional address is not available.
 * @throws TelemetryError `failure` when the address is not available.
 */
export async function openGrpcPort(
  setup: OtlpGrpcSetup,
  log: (text: string) => void = () => undefined,
): Promise<OtlpGrpcPort | undefined> {
  const port = new OtlpGrpcPort(setup);
  try {
    await port.listen();
    return port;
  } catch (error) {
    if (!setup.address.isOptional || !(error instanceof TelemetryError)) throw error;
    log(`${error.message}; running without it (--otlp-grpc sets another address, --no-otlp-grpc disables it)`);
    return undefined;
  }
}

/**
 * The port of OTLP over gRPC. The first bytes of a connection tell its protocol. The code of each protocol is loaded with
 * its first connection, so that an unused port adds neither start-up time nor memory.
 */
export class OtlpGrpcPort {
  readonly #setup: OtlpGrpcSetup;
  readonly #listener: Server;
  readonly #open = new Set<Socket>();
  #grpc: Promise<OtlpGrpcServer> | undefined;
  #refusal: Promise<Http2Refusal> | undefined;
  #tls: Promise<TlsServer> | undefined;
  #http: ReturnType<typeof createHttpServer> | undefined;
  #material: TlsMaterial | undefined;

  constructor(setup: OtlpGrpcSetup) {
    this.#setup = setup;
    this.#material = setup.material;
    this.#listener = createServer(socket => this.#accept(socket));
    this.#listener.maxConnections = MAX_CONNECTIONS;
  }

  /** @throws TelemetryError `failure` when the address is not available; its cause is the system error. */
  async listen(): Promise<void> {
    const { host, port } = this.#setup.address;
    try {
      this.#listener.listen(port, host);
      await once(this.#listener, 'listening');
    } catch (error) {
      const reason = codeOf(error) === 'EADDRINUSE' ? 'the port is in use' : messageOf(error);
      const where = addressText({ host, port });
      throw new TelemetryError('failure', `cannot listen on ${where} for OTLP over gRPC: ${reason}`, {
        remedy: 'Choose another address with --otlp-grpc, such as 127.0.0.1:0 for any free port.',
        cause: error,
      });
    }
  }

  /** The actual address, `host:port`. */
  get address(): string {
    const { port } = this.#listener.address() as AddressInfo;
    return addressText({ host: this.#setup.address.host, port });
  }

  /** Uses this certificate for new connections. */
  async renew(material: TlsMaterial): Promise<void> {
    this.#material = material;
    (await this.#tls)?.setSecureContext(contextOptions(material));
  }

  /** Refuses new calls, and waits for calls in progress for at most `graceMs` milliseconds. */
  async stop(graceMs: number): Promise<void> {
    this.#listener.close();
    await (await this.#grpc)?.stop(graceMs);
    (await this.#refusal)?.stop();
    for (const socket of this.#open) socket.destroy();
  }

  #accept(socket: Socket): void {
    this.#open.add(socket);
    socket.once('close', () => this.#open.delete(socket));
    detectProtocol(socket, HELLO_MS, protocol => {
      // The code that serves the protocol may still be loading.
      socket.on('error', () => socket.destroy());
      this.#serve(socket, protocol).catch(() => socket.destroy());
    });
  }

  async #serve(socket: Socket, protocol: Protocol): Promise<void> {
    if (protocol === 'tls') await this.#shakeHands(socket);
    else if (protocol === 'http2') await this.#serveHttp2(socket, this.#material !== undefined);
    else this.#serveHttp(socket);
  }

  async #shakeHands(socket: Socket): Promise<void> {
    if (!this.#material) {
      this.#setup.intake.counts.refused('tls_handshake', 1, {
        request: 'a TLS connection to the gRPC port',
        address: socket.remoteAddress,
        message: 'this server has no certificate: use http://, or start it with --tls-cert and --tls-key',
      });
      socket.destroy();
      return;
    }
    (await (this.#tls ??= this.#startTls(this.#material))).emit('connection', socket);
  }

  async #startTls(material: TlsMaterial): Promise<TlsServer> {
    const { createServer: createTlsServer } = await import('node:tls');
    const asksForCertificates = material.clientCa !== undefined;
    const server = createTlsServer({
      ...contextOptions(material),
      handshakeTimeout: HELLO_MS,
      ALPNProtocols: ['h2', 'http/1.1'],
      requestCert: asksForCertificates,
      rejectUnauthorized: asksForCertificates,
    });
    server.on('secureConnection', secured => {
      if (secured.alpnProtocol === 'h2') this.#serveHttp2(secured, false).catch(() => secured.destroy());
      else this.#serveHttp(secured);
    });
    server.on('tlsClientError', (_, secured) => {
      this.#setup.intake.counts.refused('tls_handshake');
      secured.destroy();
    });
    return server;
  }

  async #serveHttp2(socket: Socket, isRefused: boolean): Promise<void> {
    const { intake, otlp, misdirected } = this.#setup;
    if (isRefused) {
      this.#refusal ??= import('../receivers/otlp/http2-refusal.js').then(({ http2Refusal }) =>
        http2Refusal(intake.counts, () => NEEDS_TLS),
      );
      (await this.#refusal).take(socket, socket.remoteAddress);
      return;
    }
    this.#grpc ??= import('../receivers/otlp/grpc.js').then(
      ({ OtlpGrpcServer }) => new OtlpGrpcServer(intake, otlp, { misdirected }),
    );
    (await this.#grpc).take(socket);
  }

  #serveHttp(socket: Socket): void {
    this.#http ??= createHttpServer(this.#setup.answerHttp).setTimeout(HELLO_MS);
    this.#http.emit('connection', socket);
  }
}

function addressText({ host, port }: ListenAddress): string {
  return `${isIPv6(host) ? `[${host}]` : host}:${port}`;
}
