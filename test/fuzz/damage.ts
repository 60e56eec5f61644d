import fc from 'fast-check';

const bytesOf = (text: string): Buffer => Buffer.from(text);

/** What breaks parsers: too deep, too long, no text, no number, no end. */
const HOSTILE: readonly Buffer[] = [
  bytesOf('['.repeat(100_000)),
  bytesOf('{"a":'.repeat(100_000)),
  bytesOf(`${'['.repeat(1000)}${']'.repeat(1000)}`),
  bytesOf(`{"${'k'.repeat(100_000)}":1}`),
  bytesOf(`"${'\\u0041'.repeat(20_000)}"`),
  bytesOf('9'.repeat(100_000)),
  ...['\0', '\u0000"', '"\\ud800"', '"\\udc00\\ud800"', '\\', '"', '\\u', '{"a":1,"a":2}', '{"__proto__":{"a":1}}'].map(
    bytesOf,
  ),
  ...['1e400', '-1e-400', '-0', '01', '1.', '.5', '+1', '1e', '-', 'NaN', 'Infinity', 'nul', 'truefalse'].map(bytesOf),
  ...['\ufeff', '\u2028', ',', ':', '}', ']', '\r', '\n', '\r\n', '""', '"""', '\t'].map(bytesOf),
  ...[[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80], [0xe2, 0x82], [0xef, 0xbb]].map(bytes =>
    Buffer.from(bytes),
  ),
];

/** One change to some bytes; `at` is a share of their length. */
type Change = (bytes: Buffer) => Buffer;

const at = (bytes: Buffer, share: number): number => Math.floor(share * bytes.length);

const share = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });

const change: fc.Arbitrary<Change> = fc.oneof(
  share.map(
    (end): Change =>
      bytes =>
        bytes.subarray(0, at(bytes, end)),
  ),
  fc.tuple(share, fc.nat(7)).map(([where, bit]): Change => bytes => {
    const flipped = Buffer.from(bytes);
    if (flipped.length > 0) flipped[at(flipped, where)]! ^= 1 << bit;
    return flipped;
  }),
  fc.tuple(share, fc.constantFrom(...HOSTILE)).map(
    ([where, hostile]): Change =>
      bytes =>
        Buffer.concat([bytes.subarray(0, at(bytes, where)), hostile, bytes.subarray(at(bytes, where))]),
  ),
  fc.tuple(share, fc.uint8Array({ maxLength: 20 })).map(
    ([where, any]): Change =>
      bytes =>
        Buffer.concat([bytes.subarray(0, at(bytes, where)), any, bytes.subarray(at(bytes, where))]),
  ),
  fc.tuple(share, share, share).map(
    ([from, to, where]): Change =>
      bytes =>
        Buffer.concat([
          bytes.subarray(0, at(bytes, where)),
          bytes.subarray(at(bytes, from), at(bytes, to)),
          bytes.subarray(at(bytes, where)),
        ]),
  ),
  fc.tuple(share, share).map(
    ([from, to]): Change =>
      bytes =>
        Buffer.concat([
          bytes.subarray(0, at(bytes, Math.min(from, to))),
          bytes.subarray(at(bytes, Math.max(from, to))),
        ]),
  ),
);

/** Bytes that begin as `sound` ones and are changed up to four times; some are left as they are, some were never sound. */
export function damaged(sound: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Buffer> {
  return fc.oneof(
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }).map(bytes => Buffer.from(bytes)) },
    {
      weight: 9,
      arbitrary: fc
        .tuple(sound, fc.array(change, { maxLength: 4 }))
        .map(([bytes, changes]) => changes.reduce<Buffer>((changed, apply) => apply(changed), Buffer.from(bytes))),
    },
  );
}

/** The bytes cut into chunks at shares of their length. */
export function cutAt(bytes: Buffer, shares: readonly number[]): Buffer[] {
  const ends = [...shares.map(part => at(bytes, part)).sort((a, b) => a - b), bytes.length];
  return ends.map((end, i) => bytes.subarray(ends[i - 1] ?? 0, end));
}

/** Where bytes are cut, for {@link cutAt}. */
export const cuts = fc.array(share, { maxLength: 6 });
