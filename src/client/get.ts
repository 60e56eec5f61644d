import { readReply, type Reply } from './post.js';

/** One GET. Rejects with Node's own error when the connection fails. */
export async function get(url: URL, headers: Readonly<Record<string, string>>): Promise<Reply> {
  const { request } = url.protocol === 'https:' ? await import('node:https') : await import('node:http');
  return new Promise((resolve, reject) => {
    request(url, { headers: { ...headers } })
      .on('response', response => void readReply(response, Infinity).then(resolve, reject))
      .on('error', reject)
      .end();
  });
}
