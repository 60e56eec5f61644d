import { connect } from 'node:net';

/** Replies are a head and a number; one that is larger is an error page, and is read in pieces. */
const REPLY_BYTES = 16_384;

/**
 * One keep-alive connection that posts and awaits the reply, as cheaply as Node can: no HTTP parser, one read buffer.
 * @returns {Promise<{ post(bytes: Buffer): Promise<string>, close(): void }>} `post` gives the body of a 200.
 */
export function openConnection(port) {
  let waiting;
  let text = '';
  const settle = (how, value) => {
    const { [how]: call } = waiting ?? {};
    waiting = undefined;
    text = '';
    call?.(value);
  };
  const fail = error => settle('reject', error);
  const read = (length, buffer) => {
    text += buffer.latin1Slice(0, length);
    const body = wholeBody(text);
    if (body === undefined) return true;
    if (text.startsWith('HTTP/1.1 200 ')) settle('resolve', body);
    else fail(new Error(`the server replied:\n${text}`));
    return true;
  };
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', onread: { buffer: Buffer.alloc(REPLY_BYTES), callback: read } });
    socket.setNoDelay(true);
    socket.once('error', reject);
    socket.on('error', fail);
    socket.on('close', () => fail(new Error(`the server closed the connection:\n${text}`)));
    socket.once('connect', () =>
      resolve({
        post: bytes =>
          new Promise((resolve, reject) => {
            waiting = { resolve, reject };
            socket.write(bytes);
          }),
        close: () => socket.destroy(),
      }),
    );
  });
}

/** The body once all of it is there, by Content-Length or by chunks. */
function wholeBody(text) {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const body = text.slice(end + 4);
  const length = /\r\ncontent-length: *(\d+)/i.exec(text)?.[1];
  if (length !== undefined) return body.length >= Number(length) ? body : undefined;
  return body.endsWith('0\r\n\r\n') ? body.replace(/^[0-9a-f]+\r\n/i, '').replace(/\r\n0\r\n\r\n$/, '') : undefined;
}
