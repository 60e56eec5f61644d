import { randomBytes } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { EventSink } from '../../../src/core/event.js';
import type { InputFormat } from '../../../src/core/input-format.js';
import { openInput } from '../../../src/sources/shared/input.js';
import { readEvents } from '../../../src/sources/import/read-events.js';
import { removeDirectory } from '../../helpers/remove-directory.js';

/** More than is read at once, several times. */
const MANY_BYTES = 2_500_000;

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'telemetry-input-'));
});
afterAll(() => removeDirectory(dir));

const forever = new AbortController().signal;

async function textOf(chunks: AsyncIterable<Buffer>): Promise<string> {
  const parts: Buffer[] = [];
  for await (const chunk of chunks) parts.push(Buffer.from(chunk));
  return Buffer.concat(parts).toString();
}

async function eventsOf(text: string | Buffer, reading: InputFormat, maxEventBytes = 1e6) {
  const path = join(dir, 'file');
  writeFileSync(path, text);
  const input = await openInput(path, Readable.from([]));
  const events: string[] = [];
  const bad: number[] = [];
  const places: { offset: number; lines: number }[] = [];
  const sink: EventSink = (bytes, start, end) => void events.push(Buffer.from(bytes.slice(start, end)).toString());
  await readEvents(
    input,
    { reading },
    {
      sink,
      texts: sink,
      members: [],
      offset: 0,
      lines: 0,
      maxEventBytes,
      signal: forever,
      readParquet: () => Readable.from([]),
      onNote: () => Promise.resolve(),
      onBadLine: line => bad.push(line) > 0,
      onOffset: async place => {
        await Promise.resolve();
        if (place) places.push(place);
      },
      onNoOffset: () => Promise.resolve(),
    },
  );
  await input.close();
  return { events, bad, places };
}

describe('a compressed file', () => {
  test('reads everything after the beginning was inspected and abandoned', async () => {
    const text = randomBytes(MANY_BYTES).toString('hex');
    const path = join(dir, 'file.gz');
    writeFileSync(path, gzipSync(text, { level: 1 }));
    for (let i = 0; i < 5; i++) {
      const input = await openInput(path, Readable.from([]));
      expect((await textOf(input.chunks(0, forever))) === text).toBe(true);
      for await (const chunk of input.chunks(0, forever)) if (chunk.length > 0) break;
      expect((await textOf(input.chunks(7, forever))) === text.slice(7)).toBe(true);
      await input.close();
    }
  });
});

describe('a file that is read in pieces', () => {
  const words = Array.from({ length: 40_000 }, (_, i) => `x${i}${'日本語'.repeat(i % 13)}`);

  test.each([0, 1, 2])('given JSON with a character across two pieces (%i), then each event is as it was', async at => {
    const json = ' '.repeat(at) + JSON.stringify(words);
    const { events } = await eventsOf(json, 'json');

    expect(events.length).toBe(words.length);
    expect(events.every((event, i) => event === JSON.stringify(words[i]))).toBe(true);
  });

  test.each(['\n', '\r', '\r\n'])('given CSV whose rows end with %j, then each event is as it was', async end => {
    for (const key of ['a', 'ab', 'abc']) {
      const { events, bad } = await eventsOf(`${key}${end}${words.join(end)}`, 'csv');

      expect(bad).toEqual([]);
      expect(events.length).toBe(words.length);
      expect(events.every((event, i) => event === JSON.stringify({ [key]: words[i] }))).toBe(true);
    }
  });

  test('given logfmt with a line over the limit, then it alone is left out', async () => {
    const long = `a=${'x'.repeat(MANY_BYTES)}`;
    const { events, bad, places } = await eventsOf(`a=1\n${long}\na=2\n`, 'logfmt', 1000);

    expect(events.length).toBe(2);
    expect(bad).toEqual([2]);
    expect(places.every(({ offset }) => offset <= 4 || offset > long.length)).toBe(true);
  });

  test('cuts a text line over the limit, and offers no offset within it', async () => {
    const long = `a=${'x'.repeat(MANY_BYTES)}`;
    const { events, bad, places } = await eventsOf(`a=1\n${long}\na=2\n`, 'text', 10_000);
    const pieces = events.slice(1, -1).map(event => JSON.parse(event) as Record<string, unknown>);

    expect(bad).toEqual([]);
    expect(pieces.map(({ msg }) => msg).join('')).toBe(long);
    expect(pieces.map(piece => piece.partial_ordinal)).toEqual(pieces.map((_, i) => i + 1));
    expect(places.every(({ offset }) => offset <= 4 || offset > long.length)).toBe(true);
  });
});
