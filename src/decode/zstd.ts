import { Transform } from 'node:stream';
import zlib from 'node:zlib';
import { Decompress } from 'fzstd';

/** Node has zstd from 22.15 and 23.8 on; its types for Node 20 do not know it. */
const native = (zlib as { createZstdDecompress?: () => Transform }).createZstdDecompress;

/** Undoes zstd (RFC 8878): with Node where it can, else in JavaScript, which takes some times as long. */
export function zstdDecompress(): Transform {
  return native?.() ?? inJavaScript();
}

function inJavaScript(): Transform {
  const decompress = new Decompress();
  let isWhole = true;
  const stream = new Transform({
    transform(chunk: Uint8Array, _, done) {
      try {
        decompress.push(chunk);
        done();
      } catch (error) {
        done(error as Error);
      }
    },
    flush(done) {
      try {
        decompress.push(new Uint8Array(0), true);
        done(isWhole ? null : new Error('unexpected end of file'));
      } catch (error) {
        done(error as Error);
      }
    },
  });
  decompress.ondata = (bytes, isFinal) => {
    isWhole = isFinal ?? isWhole;
    if (bytes.length > 0) stream.push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
  };
  return stream;
}
