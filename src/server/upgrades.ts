import { STATUS_CODES, type IncomingMessage, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { checkHosts, PLAIN_HTTP, refusalHeaders, type Guard } from '../receivers/auth/guard.js';
import { type Refusal } from '../receivers/auth/refusal.js';
import { isSecure } from './tls-listener.js';
import { afterDelay } from '../receivers/http/delay.js';
import { originOf, type IntakeCounts } from '../receivers/intake.js';
import type { WebSocketTransport } from '../receivers/websocket/websocket.js';

/** Handles upgrade requests: accepts WebSocket, and ignores any other protocol. */
export function takeUpgrades(
  listener: Server,
  {
    guard,
    counts,
    webSocket,
    refusesPlain,
  }: { guard: Guard; counts: IntakeCounts; webSocket: WebSocketTransport; refusesPlain: boolean },
): void {
  listener.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (!isWebSocket(request.headers.upgrade)) {
      serveWithoutUpgrade(listener, request, socket, head);
      return;
    }
    const isPlain = refusesPlain && !isSecure(request.socket);
    const foreign = isPlain ? PLAIN_HTTP : (checkHosts(request) ?? guard.checkOrigin(request.headers));
    const { sender, refusal } = foreign
      ? { refusal: foreign }
      : guard.authorize(request.headers, 'ingest', request.socket.remoteAddress);
    if (sender) {
      webSocket.handleUpgrade(request, socket, head, sender);
      return;
    }
    // Node has handed the socket over. An error without a listener would end the process.
    socket.on('error', () => socket.destroy());
    socket.once('finish', () => socket.destroy());
    counts.refused(refusal.reason, 1, { ...originOf(request), message: refusal.message });
    afterDelay(refusal.delayMs, () => socket.end(refusalText(refusal)));
  });
}

/** Formats a refusal as an HTTP/1.1 response. */
function refusalText(refusal: Refusal): string {
  const { status, message } = refusal;
  const headers = Object.entries({ connection: 'close', ...refusalHeaders(refusal) });
  return [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    ...headers.map(([name, value]) => `${name}: ${value}`),
    '',
    `${message}\n`,
  ].join('\r\n');
}

/**
 * An option of HTTP servers that selects the upgrades to accept. Node supports it since 24.9 and then ignores other
 * upgrades itself, before {@link takeUpgrades}. The types for Node 20 lack it.
 */
export const TAKES_WEBSOCKET = {
  shouldUpgradeCallback: ({ headers }: IncomingMessage): boolean => isWebSocket(headers.upgrade),
};

function isWebSocket(upgrade: string | undefined): boolean {
  return upgrade?.toLowerCase() === 'websocket';
}

/** Headers of an upgrade request. */
const UPGRADE_HEADERS = new Set(['upgrade', 'connection', 'http2-settings']);

/**
 * Ignores the upgrade of a request (RFC 9110, section 7.8): Java's HTTP client and `curl --http2` offer h2c with every
 * request. Node before 24.9 has handed over the connection, so this returns it, with the head of the request restored.
 */
function serveWithoutUpgrade(listener: Server, request: IncomingMessage, socket: Duplex, rest: Buffer): void {
  const { method, url, httpVersion, rawHeaders } = request;
  const lines = [`${method!} ${url!} HTTP/${httpVersion}`];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    if (!UPGRADE_HEADERS.has(rawHeaders[i]!.toLowerCase())) lines.push(`${rawHeaders[i]!}: ${rawHeaders[i + 1]!}`);
  }
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), rest]));
  listener.emit('connection', socket);
}
