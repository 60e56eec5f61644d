import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { MAX_SQL_LENGTH } from '../../core/limits.js';
import { inflaters } from '../../formats/compression/inflate.js';
import { DecodeError } from '../../formats/decoder.js';

/** The longest body of a request, in bytes, decompressed: the longest SQL, escaped, and its parameters. */
const MAX_BODY_BYTES = 4 * MAX_SQL_LENGTH;

/**
 * Reads the body of a request, and undoes its Content-Encoding.
 * @throws DecodeError `request_too_large`, `unsupported_media` for an unknown encoding, `cannot_decompress`,
 * `invalid_utf8`; Error when the client disconnects.
 */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const stages = inflaters(request.headers['content-encoding']);
  const source: Readable = stages.at(-1) ?? request;
  try {
    const body = await new Promise<Buffer>((resolve, reject) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      source.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        bytes += chunk.length;
        if (bytes > MAX_BODY_BYTES) reject(tooLarge());
      });
      source.on('end', () => resolve(Buffer.concat(chunks)));
      request.on('error', reject);
      request.on('close', () => {
        if (!request.complete) reject(new Error('the client disconnected'));
      });
      // stream.pipeline would destroy the request, and with it the reply, when a stage fails.
      let from: Readable = request;
      for (const stage of stages) {
        stage.on('error', ({ message }) => reject(cannotDecompress(message)));
        from = from.pipe(stage);
      }
    });
    if (!isUtf8(body)) throw new DecodeError('invalid_utf8', 'the body is not valid UTF-8');
    return body;
  } finally {
    request.unpipe();
    for (const stage of stages) stage.destroy();
  }
}

function tooLarge(): DecodeError {
  return new DecodeError('request_too_large', `the body has more than ${MAX_BODY_BYTES} bytes, decompressed`);
}

function cannotDecompress(reason: string): DecodeError {
  return new DecodeError('cannot_decompress', `the body cannot be decompressed: ${reason}`);
}
