import { once, type EventEmitter } from 'node:events';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';

/** A reply, read to its end. */
export interface HttpReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** How a reply counts, where JSON was asked for. */
export interface Counted {
  readonly accepted: number;
  readonly duplicates: number;
  readonly stream: number;
  readonly error?: string;
  readonly reason?: string;
  readonly line?: number;
  readonly offset?: number;
}

/** One request with node:http, which sends the headers as they are given. */
export async function http(
  url: string,
  options: {
    readonly method?: string;
    readonly headers?: Readonly<Record<string, string | string[]>>;
    readonly body?: string | Uint8Array;
  } = {},
): Promise<HttpReply> {
  const { method = options.body === undefined ? 'GET' : 'POST', headers = {}, body } = options;
  const sent = request(url, { method, headers: { ...headers }, agent: false });
  const replied = once(sent, 'response');
  // A server that has replied need not read the rest of the body.
  sent.on('error', () => undefined);
  sent.end(body);
  const [reply] = (await replied) as [import('node:http').IncomingMessage];
  return { status: reply.statusCode!, headers: reply.headers, body: await text(reply) };
}

/** A POST of events, and the plain reply. */
export function post(url: string, body: string | Uint8Array, headers: Readonly<Record<string, string>> = {}) {
  return http(url, { method: 'POST', body, headers });
}

/** A POST of events that asks for a JSON reply. */
export async function postJson(
  url: string,
  body: string | Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): Promise<Counted & { readonly status: number }> {
  const reply = await http(url, { method: 'POST', body, headers: { accept: 'application/json', ...headers } });
  return { status: reply.status, ...(JSON.parse(reply.body) as Counted) };
}

/** A TCP connection on which a test speaks HTTP by hand. */
export interface RawSocket {
  readonly socket: Socket;
  /** Sends, and returns once the system has taken it. */
  write(bytes: string | Uint8Array): Promise<void>;
  /** All that was received so far. */
  received(): string;
  /** Resolves when the received text matches; rejects when the connection ends before. */
  receive(pattern: RegExp): Promise<RegExpExecArray>;
  readonly closed: Promise<void>;
}

/** Resolves with what `close` says, also after an error: the other side may end a connection by a reset. */
export function closeOf(socket: EventEmitter): Promise<unknown[]> {
  socket.on('error', () => undefined);
  return new Promise(resolve => socket.once('close', (...said: unknown[]) => resolve(said)));
}

/** Connects without delaying small writes, so that each arrives by itself. */
export async function rawSocket(port: number): Promise<RawSocket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  let received = '';
  socket.on('data', (chunk: Buffer) => (received += chunk.toString('latin1')));
  const closed = closeOf(socket).then(() => undefined);
  await once(socket, 'connect');
  return {
    socket,
    closed,
    received: () => received,
    write: bytes => new Promise(resolve => socket.write(bytes, () => resolve())),
    receive: pattern =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = pattern.exec(received);
          if (!found) return;
          socket.off('data', look);
          resolve(found);
        };
        socket.on('data', look);
        void closed.then(() => reject(new Error(`closed after ${JSON.stringify(received)}`)));
        look();
      }),
  };
}

/** A chunk of a body in chunked transfer coding (RFC 9112, section 7.1). */
export function chunked(bytes: string | Uint8Array): Buffer {
  const data = Buffer.from(bytes);
  return Buffer.concat([Buffer.from(`${data.length.toString(16)}\r\n`), data, Buffer.from('\r\n')]);
}

/** The chunk that ends a body. */
export const LAST_CHUNK = '0\r\n\r\n';

/** The head of a POST whose body comes in chunks. */
export function postHead(...headers: string[]): string {
  return ['POST / HTTP/1.1', 'host: localhost', 'transfer-encoding: chunked', ...headers, '', ''].join('\r\n');
}
