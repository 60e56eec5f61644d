import type { Socket } from 'node:net';

/** The protocols that the first bytes of a connection can indicate. */
export type Protocol = 'tls' | 'http2' | 'other';

/** The first byte of a TLS connection: the content type "handshake" (RFC 8446, section 5.1). No HTTP request starts with it. */
const TLS_HANDSHAKE = 0x16;

/** The start of the HTTP/2 connection preface that distinguishes it from HTTP/1.1 (RFC 9113, section 3.4). */
const HTTP2_PREFACE = Buffer.from('PRI * HTTP/2');

/**
 * Detects the protocol of a client from its first bytes, which stay readable on the socket, and calls `use`.
 * Destroys the socket when the client sends nothing for `ms` milliseconds or ends first.
 */
export function detectProtocol(socket: Socket, ms: number, use: (protocol: Protocol) => void): void {
  let seen = Buffer.alloc(0);
  const cut = (): void => void socket.destroy();
  const timer = setTimeout(cut, ms);

  function look(): void {
    const chunk = socket.read() as Buffer | null;
    if (chunk) seen = Buffer.concat([seen, chunk]);
    // The client ended before sending anything.
    else if (socket.readableEnded) cut();
    const protocol = protocolOf(seen);
    if (protocol === undefined) return;
    clearTimeout(timer);
    socket.off('readable', look).off('error', cut).off('end', cut);
    socket.unshift(seen);
    use(protocol);
  }

  socket.once('close', () => clearTimeout(timer));
  socket.on('error', cut).on('end', cut).on('readable', look);
}

/** Returns undefined while more bytes are needed. */
function protocolOf(seen: Buffer): Protocol | undefined {
  if (seen.length === 0) return undefined;
  if (seen[0] === TLS_HANDSHAKE) return 'tls';
  const known = Math.min(seen.length, HTTP2_PREFACE.length);
  if (!seen.subarray(0, known).equals(HTTP2_PREFACE.subarray(0, known))) return 'other';
  return known === HTTP2_PREFACE.length ? 'http2' : undefined;
}
