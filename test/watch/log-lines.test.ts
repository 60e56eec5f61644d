import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { logLines } from '../../src/watch/log-lines.js';

/** Feeds the text as a file that grows by these pieces; what is not taken comes again. */
function eventsOf(pieces: readonly Buffer[], limit: number, isFinal = false) {
  const events: string[] = [];
  const told = { cut: 0, broken: 0 };
  const lines = logLines((bytes, start, end) => events.push(Buffer.from(bytes.subarray(start, end)).toString()), {
    file: '/f',
    limit: () => limit,
    part: 0,
    onCut: () => told.cut++,
    onBroken: () => told.broken++,
  });
  let rest: Buffer = Buffer.alloc(0);
  for (const piece of pieces) {
    const text = Buffer.concat([rest, piece]);
    rest = text.subarray(lines.take(text, false));
  }
  if (isFinal) rest = rest.subarray(lines.take(rest, true));
  return { events, rest: rest.toString(), part: lines.part, told };
}

const of = (text: string | Buffer, limit = 1_000_000, isFinal = false) => eventsOf([Buffer.from(text)], limit, isFinal);

describe('the lines of a log', () => {
  test('given JSON objects, then they stay as they are, with the file where they have none', () => {
    expect(of('{"a": 1.0}\n {"File":"x"} \n{}\n{"b":{"file":1}}\r\n').events).toEqual([
      '{"a": 1.0,"file":"/f"}',
      '{"File":"x"}',
      '{"file":"/f"}',
      '{"b":{"file":1},"file":"/f"}',
    ]);
  });

  test('given other lines, then they are log events', () => {
    const lines = ['text', '', '[1]', '{"a":1} {"b":2}', '{"a":', '"s"', '{"a":1}x'];
    expect(of(`${lines.join('\n')}\n`).events).toEqual(
      lines.map(msg => JSON.stringify({ type: 'log', msg, file: '/f' })),
    );
  });

  test('given a line without its end, then it waits, unless nothing follows', () => {
    expect(of('a\nhal')).toMatchObject({ events: ['{"type":"log","msg":"a","file":"/f"}'], rest: 'hal' });
    expect(of('hal', 1e6, true)).toMatchObject({ events: ['{"type":"log","msg":"hal","file":"/f"}'], rest: '' });
  });

  test('given bytes that are no UTF-8, a byte order mark and the zeros of a truncated file, then the line is there, and it is told', () => {
    const { events, told } = of(Buffer.from('efbbbf610a000000620aff0a', 'hex'));
    expect(events.map(event => (JSON.parse(event) as { msg: string }).msg)).toEqual(['a', 'b', '\ufffd']);
    expect(told).toEqual({ cut: 0, broken: 1 });
  });

  test('given a line over the limit, then its pieces are its text, each within the limit', () => {
    const line = 'ä€😀\u0001'.repeat(2000);
    const { events, told } = of(`${line}\nnext\n`, 4000);
    const pieces = events.map(event => JSON.parse(event) as { msg: string; part?: number });
    expect(pieces.at(-1)).toEqual({ type: 'log', msg: 'next', file: '/f' });
    expect(
      pieces
        .slice(0, -1)
        .map(({ msg }) => msg)
        .join(''),
    ).toBe(line);
    expect(pieces.slice(0, -1).map(({ part }) => part)).toEqual(pieces.slice(0, -1).map((_, i) => i + 1));
    expect(events.every(event => Buffer.byteLength(event) <= 4000)).toBe(true);
    expect(told.cut).toBe(1);
  });

  test('given any text in any pieces, then the events are the same: their numbers have to be', () => {
    const parts = fc.array(
      fc.oneof(
        fc.constantFrom('\n', '\r\n', '{"a":1}', '\0', '\r', 'é€', 'x'.repeat(700), 'y'.repeat(1500)),
        fc.string(),
      ),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(parts, fc.array(fc.nat(200), { maxLength: 30 }), (texts, sizes) => {
        const bytes = Buffer.from(texts.join(''));
        const pieces: Buffer[] = [];
        let at = 0;
        for (const size of sizes) pieces.push(bytes.subarray(at, (at += size)));
        pieces.push(bytes.subarray(at));
        expect(eventsOf(pieces, 1200, true).events).toEqual(eventsOf([bytes], 1200, true).events);
      }),
    );
  });
});
