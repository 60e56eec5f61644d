import { request, type ClientRequest, type IncomingMessage } from 'node:http';
import type { Trust } from './trust.js';

/** The longest reply that is read: a telemetry server sends a line. */
const MAX_REPLY_CHARACTERS = 64 * 1024;

/** A server's reply of any status. */
export interface Reply {
  readonly status: number;
  /** The Retry-After header. */
  readonly retryAfter: string | undefined;
  readonly text: string;
}

/**
 * Sends one POST. The reply may arrive before the body has ended; then the rest is not sent.
 * Rejects with Node's error when the connection fails.
 */
export async function post(
  url: URL,
  headers: Readonly<Record<string, string>>,
  body: AsyncGenerator<string | Uint8Array>,
  signal: AbortSignal | undefined,
  trust: Trust = { options: {} },
): Promise<Reply> {
  const { connectSecurely } = await import('./trust.js');
  const secured = url.protocol === 'https:' ? await connectSecurely(url, trust, signal) : undefined;
  return new Promise((resolve, reject) => {
    let answered = false;
    const sending = request(url, {
      method: 'POST',
      headers,
      ...(signal && { signal }),
      // The connection does TLS.
      ...(secured && { protocol: 'http:', createConnection: () => secured }),
    });
    sending.on('response', response => {
      answered = true;
      readReply(response)
        .then(resolve, reject)
        .finally(() => sending.destroy());
    });
    // After the reply the server may close the connection while the rest is being sent: not an error.
    sending.on('error', error => answered || reject(error));
    feed(sending, body, () => answered).catch((error: unknown) => sending.destroy(error as Error));
  });
}

async function feed(
  sending: ClientRequest,
  body: AsyncGenerator<string | Uint8Array>,
  isOver: () => boolean,
): Promise<void> {
  for await (const chunk of body) {
    if (isOver() || sending.destroyed) return;
    if (!sending.write(chunk)) await drained(sending);
  }
  sending.end();
}

/** Waits until a request takes more, or is closed. Leaves no listener behind: a long body waits often. */
function drained(sending: ClientRequest): Promise<void> {
  return new Promise(resolve => {
    const end = (): void => {
      sending.off('drain', end).off('close', end);
      resolve();
    };
    sending.once('drain', end).once('close', end);
  });
}

/** Reads a reply to its end, or up to `longest` characters. */
export async function readReply(response: IncomingMessage, longest = MAX_REPLY_CHARACTERS): Promise<Reply> {
  response.setEncoding('utf8');
  let text = '';
  for await (const part of response) {
    text += part as string;
    if (text.length > longest) break;
  }
  return { status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'], text };
}
