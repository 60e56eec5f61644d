import { request } from 'node:http';
import { readReply, type Reply } from './post.js';
import type { Trust } from './trust.js';

/** Sends one GET. Rejects with Node's error when the connection fails. */
export async function get(
  url: URL,
  headers: Readonly<Record<string, string>>,
  trust: Trust = { options: {} },
): Promise<Reply> {
  const { connectSecurely } = await import('./trust.js');
  const secured = url.protocol === 'https:' ? await connectSecurely(url, trust) : undefined;
  return new Promise((resolve, reject) => {
    // The connection does TLS.
    const overTls = secured && { protocol: 'http:', createConnection: () => secured };
    request(url, { headers: { ...headers }, ...overTls })
      .on('response', response => void readReply(response, Infinity).then(resolve, reject))
      .on('error', reject)
      .end();
  });
}
