import type { IncomingMessage, ServerResponse } from 'node:http';

/** After a reply, what a client may still send of its body before it is cut off: enough for it to read the reply first. */
const DRAIN_BYTES = 4 * 1024 * 1024;

/** How long it may take to do so. */
const DRAIN_MS = 2000;

/**
 * Sends a reply. When the request is not all here, it is the connection's last: what the client still sends is taken,
 * within bounds, since hanging up at once could cost it the reply (RFC 9112, section 9.6).
 */
export function endReply(
  response: ServerResponse,
  status: number,
  body: string | Uint8Array,
  headers: Readonly<Record<string, string>>,
): void {
  const { req: request } = response;
  const isLast = !request.complete && hasBody(request);
  if (isLast) response.shouldKeepAlive = false;
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) });
  if (!isLast) {
    response.end(body);
    return;
  }
  response.write(body);
  let drained = 0;
  const cut = (): void => void request.socket.destroy();
  const timer = setTimeout(cut, DRAIN_MS);
  request.removeAllListeners('data');
  request.on('data', (chunk: Buffer) => {
    drained += chunk.length;
    if (drained > DRAIN_BYTES) cut();
  });
  request.once('end', () => response.end());
  response.once('close', () => clearTimeout(timer));
  request.resume();
}

/** RFC 9112, section 6. */
function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
