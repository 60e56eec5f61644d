import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { chunked, LAST_CHUNK, rawSocket } from '../helpers/http.js';
import { serveInProcess, type ServerInProcess } from '../helpers/server-in-process.js';
import { makeDirectory, payloads } from '../helpers/store.js';
import { propertyRuns } from '../helpers/property-runs.js';
import { removeDirectory } from '../helpers/remove-directory.js';

const store = makeDirectory();
let server: ServerInProcess;

beforeAll(async () => {
  server = await serveInProcess({ store, args: ['--durability', 'none'] });
});
afterAll(async () => {
  await server.end();
  removeDirectory(store);
});

/** JSON texts of every kind, also pretty-printed, with numbers that JavaScript would write otherwise. */
const jsonText = fc.oneof(
  fc.json({ maxDepth: 4, stringUnit: 'binary' }),
  fc.jsonValue({ maxDepth: 3 }).map(value => JSON.stringify(value, undefined, 2)),
  fc.constantFrom(
    '1.0',
    '-0',
    '1e400',
    '12345678901234567890123',
    '{"a":1,"a":2}',
    '{ }',
    '[ 1 , 2 ]',
    '"\\ud83d"',
    '"\\u0000"',
  ),
);

/** Where the stream is cut: shares of its length. */
const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 8 });

function split(bytes: Buffer, shares: readonly number[]): Buffer[] {
  const at = [0, ...shares.map(share => Math.floor(share * bytes.length)).sort((a, b) => a - b), bytes.length];
  return at
    .slice(1)
    .map((end, i) => bytes.subarray(at[i], end))
    .filter(part => part.length > 0);
}

test('stores the payloads of any events byte for byte, however they are chunked', async () => {
  const raw = await rawSocket(server.port);
  await fc.assert(
    fc.asyncProperty(
      fc.array(jsonText, { maxLength: 12 }),
      fc.constantFrom('\n', ' ', '\r\n', '\n\t \n'),
      cuts,
      fc.boolean(),
      async (events, separator, shares, isCompressed) => {
        const text = Buffer.from(events.join(separator));
        const encoding = isCompressed ? 'content-encoding: gzip\r\n' : '';
        const before = raw.received().length;
        await raw.write(
          `POST / HTTP/1.1\r\nhost: localhost\r\naccept: application/json\r\n${encoding}transfer-encoding: chunked\r\n\r\n`,
        );
        for (const part of split(isCompressed ? gzipSync(text) : text, shares)) {
          await raw.write(chunked(part));
          await new Promise(setImmediate);
        }
        await raw.write(LAST_CHUNK);
        const [, accepted, stream] = await raw.receive(
          new RegExp(`^[^]{${before}}[^]*"accepted":(\\d+).*"stream":(\\d+)\\}$`),
        );

        expect(Number(accepted)).toBe(events.length);
        expect(payloads(store, Number(stream))).toEqual(events);
      },
    ),
    { numRuns: propertyRuns(40) },
  );
  raw.socket.destroy();
});
