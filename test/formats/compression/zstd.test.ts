import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { zstdDecompress, zstdInJavaScript } from '../../../src/formats/compression/zstd.js';
import { zstdRepeated, zstdStored } from '../../helpers/zstd.js';

/** What `zstd -19` makes of 1000 lines "hello telemetry". */
const LINES = Buffer.from('KLUv/QRoxQAAgGhlbGxvIHRlbGVtZXRyeQoBANr88HMJi5KpWA==', 'base64');
const TEXT = 'hello telemetry\n'.repeat(1000);

/** Node's decompression where it has it, and ours. */
describe.each([
  ['what this Node uses', zstdDecompress],
  ['JavaScript', zstdInJavaScript],
])('zstd with %s', (_, create) => {
  async function decompress(bytes: Buffer, windowLog = 23): Promise<string> {
    const bytewise = Readable.from([...bytes].map(byte => Buffer.from([byte])));
    return (await buffer(bytewise.pipe(create(windowLog)))).toString();
  }

  test('decompresses a frame byte by byte', async () => {
    expect(await decompress(LINES)).toBe(TEXT);
  });

  test('decompresses consecutive frames, including the smallest and skippable ones', async () => {
    const skipped = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
    const empty = zstdStored(Buffer.alloc(0));
    const frames = [LINES, skipped, zstdStored(Buffer.from('a')), empty, zstdRepeated(17, [3, 2]), LINES, empty];
    expect(await decompress(Buffer.concat(frames))).toBe(`${TEXT}a     ${TEXT}`);
  });

  test('rejects a frame that is cut off, wherever', async () => {
    for (const length of [3, 5, 8, 20, LINES.length - 5, LINES.length - 1]) {
      await expect(decompress(LINES.subarray(0, length))).rejects.toThrow();
    }
  });

  test('rejects what is no zstd behind its magic number', async () => {
    await expect(decompress(Buffer.concat([LINES.subarray(0, 4), Buffer.alloc(50, 0xff)]))).rejects.toThrow();
  });

  test('rejects a window over the limit, and takes one of exactly the limit', async () => {
    expect(await decompress(zstdRepeated(20, [4]), 20)).toBe('    ');
    await expect(decompress(zstdRepeated(21, [4]), 20)).rejects.toThrow();
  });

  test('rejects a frame that needs a dictionary', async () => {
    const frame = zstdStored(Buffer.from('abc'));
    const named = Buffer.concat([frame.subarray(0, 4), Buffer.from([0x21, 7]), frame.subarray(5)]);
    await expect(decompress(named)).rejects.toThrow();
  });
});

test('hands on what it decompresses in parts, and reads on only when these are taken', async () => {
  const bomb = zstdRepeated(
    20,
    Array.from({ length: 10_000 }, () => 128 * 1024),
  );
  const stream = Readable.from([bomb], { objectMode: false }).pipe(zstdInJavaScript(23));
  const { arrayBuffers: before } = process.memoryUsage();
  let largest = 0;
  let bytes = 0;
  for await (const part of stream as AsyncIterable<Buffer>) {
    largest = Math.max(largest, part.length);
    bytes += part.length;
    if (bytes > 10_000_000) break;
  }

  expect(largest).toBe(128 * 1024);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(100_000_000);
});
