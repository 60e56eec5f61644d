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

/** Within this, a client has said its first bytes and shaken hands, in milliseconds. */
const HELLO_MS = 15_000;

/** More than a machine's senders need; each costs some 20 KiB even when it says nothing. */
const MAX_CONNECTIONS = 10_000;

/** Why a port that takes TLS alone does not take a call in the clear. */
const NEEDS_TLS: Failure = {
  status: 426,
  reason: 'plain_http',
  message: 'this port takes TLS only: give the exporter an https:// endpoint',
};

/** Where OTLP over gRPC is received. */
export interface OtlpGrpcAddress extends ListenAddress {
  /** True when nobody asked for it: a server whose port is in use then runs without it. */
  readonly isOptional?: boolean;
}

/** What the port is opened with. */
export interface OtlpGrpcSetup {
  readonly intake: Intake;
  readonly otlp: OtlpIntake;
  readonly address: OtlpGrpcAddress;
  /** None for connections in the clear. */
  readonly material: TlsMaterial | undefined;
  /** What a request is told that is not gRPC. */
  readonly misdirected: () => Failure;
  /** Answers a request of HTTP/1.1. */
  readonly answerHttp: RequestListener;
}

/**
 * Opens the port; undefined, with a line for the operator, where an optional one cannot be had.
 * @throws TelemetryError `failure` when the address cannot be had.
 */
export async function openGrpcPort(
  setup: OtlpGrpcSetup,
  say: (text: string) => void = () => undefined,
): Promise<OtlpGrpcPort | undefined> {
  const port = new OtlpGrpcPort(setup);
  try {
    await port.listen();
    return port;
  } catch (error) {
    if (!setup.address.isOptional || !(error instanceof TelemetryError)) throw error;
    say(`${error.message}; the server runs without (--otlp-grpc names another address, --no-otlp-grpc none)`);
    return undefined;
  }
}

/**
 * The port of OTLP over gRPC. Connections are told apart by their first bytes; what serves each protocol is loaded with
 * its first connection, so that a server that nobody calls starts as fast, and is as small, as one without the port.
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

  /** @throws TelemetryError `failure` when the address cannot be had; its cause is the system's error. */
  async listen(): Promise<void> {
    const { host, port } = this.#setup.address;
    try {
      this.#listener.listen(port, host);
      await once(this.#listener, 'listening');
    } catch (error) {
      const reason = codeOf(error) === 'EADDRINUSE' ? 'the port is in use' : messageOf(error);
      const where = addressText({ host, port });
      throw new TelemetryError('failure', `cannot listen on ${where} for OTLP over gRPC: ${reason}`, {
        remedy: 'Name another address with --otlp-grpc, such as 127.0.0.1:0 for any free port.',
        cause: error,
      });
    }
  }

  /** `host:port`, with the port that was found for 0. */
  get address(): string {
    const { port } = this.#listener.address() as AddressInfo;
    return addressText({ host: this.#setup.address.host, port });
  }

  /** New connections get this certificate; open ones keep theirs. */
  async renew(material: TlsMaterial): Promise<void> {
    this.#material = material;
    (await this.#tls)?.setSecureContext(contextOptions(material));
  }

  /** Takes no more calls, and lets those in flight have their replies, for `graceMs` milliseconds at most. */
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
      // What serves it may yet have to be loaded.
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
        message: 'this server has no certificate: use http://, or give it --tls-cert and --tls-key',
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
