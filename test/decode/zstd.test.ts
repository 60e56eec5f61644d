import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { zstdDecompress } from '../../src/decode/zstd.js';

/** What `zstd -19` makes of 1000 lines "hello telemetry". */
const LINES = Buffer.from('KLUv/QRoxQAAgGhlbGxvIHRlbGVtZXRyeQoBANr88HMJi5KpWA==', 'base64');
const TEXT = 'hello telemetry\n'.repeat(1000);

async function decompress(bytes: Buffer): Promise<string> {
  return (await buffer(Readable.from([...bytes].map(byte => Buffer.from([byte]))).pipe(zstdDecompress()))).toString();
}

test('given a frame byte by byte, then it is decompressed', async () => {
  expect(await decompress(LINES)).toBe(TEXT);
});

test('given two frames one after the other, then both are decompressed', async () => {
  expect(await decompress(Buffer.concat([LINES, LINES]))).toBe(TEXT + TEXT);
});

test('given a frame that was cut off, then it is an error', async () => {
  await expect(decompress(LINES.subarray(0, 20))).rejects.toThrow();
});

test('given what is no zstd behind its magic number, then it is an error', async () => {
  await expect(decompress(Buffer.concat([LINES.subarray(0, 4), Buffer.alloc(50, 0xff)]))).rejects.toThrow();
});
