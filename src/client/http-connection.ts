import { Agent, request, type IncomingHttpHeaders, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { codeOf, messageOf, TelemetryError } from '../core/errors.js';
import { isTlsRefusal, tlsRefusal } from './refusal.js';
import { connectSecurely, type Trust } from './trust.js';

/** Silence of a server after which a request has failed, in milliseconds. */
const IDLE_MS = 60_000;

/** The longest response that is read, in bytes. */
const MAX_RESPONSE_BYTES = 8 * 1024 * 1024;

/** A request. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  /** With the query. */
  readonly path: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: Uint8Array;
  readonly signal?: AbortSignal;
}

/** A response of any status. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** A connection to one HTTP server. It stays open between requests, and is opened again after it broke. */
export class HttpConnection {
  readonly #origin: URL;
  readonly #agent: Agent;

  /** @param origin `http:` or `https:`. */
  constructor(origin: URL, trust: Trust) {
    this.#origin = origin;
    this.#agent = new ConnectingAgent(origin, trust);
  }

  /** @throws TelemetryError `failure` when no response arrives. */
  async send(sent: HttpRequest): Promise<HttpResponse> {
    try {
      return await this.#attempt(sent);
    } catch (error) {
      if (error instanceof TelemetryError || sent.signal?.aborted) throw error;
      if (isTlsRefusal(error)) throw tlsRefusal(this.#origin, error);
      throw new TelemetryError('failure', `cannot reach ${this.#origin.origin}: ${messageOf(error)}`, { cause: error });
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  /** A kept connection that the server has closed meanwhile is opened again, once. */
  async #attempt(sent: HttpRequest, isAgain = false): Promise<HttpResponse> {
    const { hostname, port } = this.#origin;
    const outgoing = request({
      protocol: 'http:',
      host: hostname.replace(/^\[|\]$/g, ''),
      port: port || (this.#origin.protocol === 'https:' ? 443 : 80),
      method: sent.method,
      path: sent.path,
      headers: { host: this.#origin.host, ...sent.headers, ...(sent.body && { 'content-length': sent.body.length }) },
      agent: this.#agent,
      timeout: IDLE_MS,
      ...(sent.signal && { signal: sent.signal }),
    });
    try {
      return await responseTo(outgoing, sent.body);
    } catch (error) {
      if (isAgain || !outgoing.reusedSocket || codeOf(error) !== 'ECONNRESET') throw error;
      return this.#attempt(sent, true);
    }
  }
}

function responseTo(outgoing: ReturnType<typeof request>, body: Uint8Array | undefined): Promise<HttpResponse> {
  return new Promise((resolve, reject) => {
    outgoing
      .on('response', response => void read(response).then(resolve, reject))
      .on('timeout', () => outgoing.destroy(new Error(`no answer within ${IDLE_MS / 1000} s`)))
      .on('error', reject)
      .end(body);
  });
}

async function read(response: IncomingMessage): Promise<HttpResponse> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    parts.push(part);
    length += part.length;
    if (length > MAX_RESPONSE_BYTES) throw new Error('the response is too long');
  }
  return { status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts) };
}

/** Connects to one server, over TLS where its protocol is `https:`. */
class ConnectingAgent extends Agent {
  readonly #origin: URL;
  readonly #trust: Trust;

  constructor(origin: URL, trust: Trust) {
    super({ keepAlive: true, maxSockets: 1 });
    this.#origin = origin;
    this.#trust = trust;
  }

  override createConnection(
    options: Parameters<Agent['createConnection']>[0],
    callback?: (error: Error | null, stream: Duplex) => void,
  ): Duplex | null | undefined {
    if (this.#origin.protocol !== 'https:') return super.createConnection(options, callback);
    const aborter = new AbortController();
    const timer = setTimeout(() => aborter.abort(), IDLE_MS);
    connectSecurely(this.#origin, this.#trust, aborter.signal)
      .finally(() => clearTimeout(timer))
      .then(
        (socket: Socket) => callback?.(null, socket),
        (error: unknown) => callback?.(error as Error, undefined as unknown as Duplex),
      );
    return undefined;
  }
}
