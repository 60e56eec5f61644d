import type { IncomingMessage, ServerResponse } from 'node:http';

/** Maximum bytes to drain after an early reply, in which the client can read it. */
const DRAIN_BYTES = 4 * 1024 * 1024;

/** Maximum time to drain, in milliseconds. */
const DRAIN_MS = 2000;

/**
 * Sends a response. If the request is incomplete, it is the last one of the connection: drains the rest within limits, as
 * closing at once could lose the response (RFC 9112, section 9.6).
 */
export function sendResponse(
  response: ServerResponse,
  status: number,
  body: string | Uint8Array,
  headers: Readonly<Record<string, string>>,
): void {
  const { req: request } = response;
  const isLast = !request.complete && hasBody(request);
  if (isLast) response.shouldKeepAlive = false;
  // As a list, which Node writes without a copy.
  const list: string[] = [];
  for (const name of Object.keys(headers)) list.push(name, headers[name]!);
  list.push('content-length', String(Buffer.byteLength(body)));
  response.writeHead(status, list);
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

/** True for a request with a body (RFC 9112, section 6). */
function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
