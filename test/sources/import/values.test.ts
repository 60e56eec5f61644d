import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { eachBlock } from '../../../src/sources/shared/blocks.js';
import { beforeLines, takeValues } from '../../../src/sources/import/values.js';

const MAX = 1000;

/** Reads chunks as a file's: the events, the lines that are none, and each place between two events. */
async function read(chunks: readonly Buffer[], from = 0, lines = 0) {
  const events: string[] = [];
  const bad: { line: number; text: string }[] = [];
  const places: { offset: number; lines: number; events: number; bad: number }[] = [];
  const progress = beforeLines(lines);
  const take = takeValues((bytes, start, end) => events.push(Buffer.from(bytes.subarray(start, end)).toString()), {
    maxEventBytes: MAX,
    progress,
    onBadLine: (line, text) => bad.push({ line, text: text.toString() }) > 0,
  });
  async function* stream() {
    for (const chunk of chunks) yield await Promise.resolve(chunk);
  }
  await eachBlock(
    stream(),
    MAX,
    take,
    () => false,
    offset => {
      places.push({ offset: from + offset, lines: progress.lines, events: events.length, bad: bad.length });
      return Promise.resolve();
    },
  );
  return { events, bad, places };
}

function cutInto(text: Buffer, size: number): Buffer[] {
  return Array.from({ length: Math.ceil(text.length / size) }, (_, i) => text.subarray(i * size, (i + 1) * size));
}

const line = fc.oneof(
  fc.json({ maxDepth: 2 }).map(json => ({ json: JSON.stringify(JSON.parse(json)) })),
  fc.constantFrom('nope', '{"a":', '{"a":1,}', ']', '"open').map(bad => ({ bad })),
  fc.constantFrom('', '  ').map(blank => ({ blank })),
);

describe('values, one a line', () => {
  test('stores the good lines of any chunks and reports the bad ones by number', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 20 }), fc.integer({ min: 1, max: 60 }), async (lines, size) => {
        const text = lines.map(each => ('json' in each ? each.json : 'bad' in each ? each.bad : each.blank));
        const { events, bad } = await read(cutInto(Buffer.from(text.join('\n')), size));
        expect(events).toEqual(lines.flatMap(each => ('json' in each ? [each.json] : [])));
        expect(bad).toEqual(lines.flatMap((each, i) => ('bad' in each ? [{ line: i + 1, text: each.bad }] : [])));
      }),
    );
  });

  test('reads exactly the rest from any offset between two events', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 20 }), fc.integer({ min: 1, max: 60 }), async (lines, size) => {
        const text = Buffer.from(
          lines.map(each => ('json' in each ? each.json : 'bad' in each ? each.bad : each.blank)).join('\n'),
        );
        const whole = await read(cutInto(text, size));
        for (const place of whole.places) {
          const rest = await read([text.subarray(place.offset)], place.offset, place.lines);
          expect(rest.events).toEqual(whole.events.slice(place.events));
          expect(rest.bad).toEqual(whole.bad.slice(place.bad));
        }
      }),
    );
  });

  test('given a value over several lines, then it is one event as it was written', async () => {
    const { events } = await read(cutInto(Buffer.from('{\n "a": [1,\n 2]\n}\n{"b":2}'), 5));
    expect(events).toEqual(['{\n "a": [1,\n 2]\n}', '{"b":2}']);
  });

  test('given a line over the limit, then it alone is left out', async () => {
    const { events, bad } = await read(cutInto(Buffer.from(`1\n"${'x'.repeat(5 * MAX)}"\n2\n`), 300));
    expect(events).toEqual(['1', '2']);
    expect(bad.map(each => each.line)).toEqual([2]);
  });

  test('given a byte order mark, then it is no part of the first event', async () => {
    expect((await read([Buffer.from('\uFEFF{"a":1}\n')])).events).toEqual(['{"a":1}']);
  });

  test('given bytes that are no UTF-8, then their line alone is left out', async () => {
    const { events, bad } = await read([Buffer.from([0x31, 0x0a, 0x22, 0xff, 0x22, 0x0a, 0x32])]);
    expect(events).toEqual(['1', '2']);
    expect(bad.map(each => each.line)).toEqual([2]);
  });
});
