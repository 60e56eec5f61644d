import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LineInputFormat } from '../../../src/core/input-format.js';
import { lineFormat } from '../../../src/sources/shared/line-formats.js';
import { LogLines, type BadLine } from '../../../src/sources/shared/log-lines.js';
import { addingMembers } from '../../../src/sources/shared/members.js';

interface Setup {
  readonly limit?: number;
  /** True where nothing follows the pieces. */
  readonly isFinal?: boolean;
  readonly reading?: LineInputFormat;
  readonly pattern?: string;
  readonly onBad?: BadLine;
}

/** Feeds the text as a file that grows by these pieces; what is not taken comes again. */
function eventsOf(pieces: readonly Buffer[], setup: Setup = {}) {
  const { limit = 1_000_000, isFinal = false, reading = 'text', pattern, onBad = 'text' } = setup;
  const events: string[] = [];
  const told = { cut: 0, bad: [] as string[] };
  const members = [{ key: 'file', json: '"/f"' }];
  const take = (bytes: Uint8Array, start: number, end: number, suffix?: Uint8Array): void => {
    const event = Buffer.from(bytes.subarray(start, suffix ? end - 1 : end)).toString();
    events.push(event + Buffer.from(suffix ?? []).toString());
  };
  const format = lineFormat(reading, { pattern, now: () => Date.UTC(2026, 10, 28), limit: () => limit });
  const lines = new LogLines({
    format: () => format,
    members,
    objects: addingMembers(members, take, limit),
    texts: (bytes, start, end) => take(bytes, start, end),
    limit: () => limit,
    onBad(line, text) {
      told.bad.push(`${line}: ${text.toString()}`);
      return onBad;
    },
    onCut: () => told.cut++,
  });
  let rest: Buffer = Buffer.alloc(0);
  for (const piece of pieces) {
    const text = Buffer.concat([rest, piece]);
    rest = text.subarray(lines.take(text, false));
  }
  if (isFinal) rest = rest.subarray(lines.take(rest, true));
  return { events, rest: rest.toString(), part: lines.part, isPending: lines.isPending, lines: lines.lines, told };
}

const of = (text: string | Buffer, setup: Setup = {}) => eventsOf([Buffer.from(text)], setup);

const parsed = (events: readonly string[]) => events.map(event => JSON.parse(event) as Record<string, unknown>);

describe('the lines of a log', () => {
  test('keeps JSON objects, and adds the file to those without one', () => {
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
    expect(of('hal', { isFinal: true })).toMatchObject({
      events: ['{"type":"log","msg":"hal","file":"/f"}'],
      rest: '',
    });
  });

  test('keeps the bytes of lines that are not UTF-8, without BOM and leading zeros', () => {
    const { events, told } = of(Buffer.from('efbbbf610a000000620aff0a', 'hex'));
    expect(events.map(event => (JSON.parse(event) as { msg: string }).msg)).toEqual(['a', 'b', '\ufffd']);
    expect((JSON.parse(events[2]!) as { msg_base64: string }).msg_base64).toBe('/w==');
    expect(told).toEqual({ cut: 0, bad: [] });
  });

  test('given a line over the limit, then its pieces are its text, each within the limit', () => {
    const line = 'ä€😀\u0001'.repeat(2000);
    const { events, told } = of(`${line}\nnext\n`, { limit: 4000 });
    const pieces = events.map(
      event => JSON.parse(event) as { msg: string; partial_ordinal?: number; partial_last?: boolean },
    );
    expect(pieces.at(-1)).toEqual({ type: 'log', msg: 'next', file: '/f' });
    expect(
      pieces
        .slice(0, -1)
        .map(({ msg }) => msg)
        .join(''),
    ).toBe(line);
    const numbers = pieces.slice(0, -1).map((_, i) => i + 1);
    expect(pieces.slice(0, -1).map(piece => piece.partial_ordinal)).toEqual(numbers);
    expect(pieces.slice(0, -1).map(piece => piece.partial_last)).toEqual(numbers.map(n => n === numbers.length));
    expect(events.every(event => Buffer.byteLength(event) <= 4000)).toBe(true);
    expect(told.cut).toBe(1);
  });

  test('makes the same events of any text, however it is chunked', () => {
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
        const setup = { limit: 1200, isFinal: true };
        expect(eventsOf(pieces, setup).events).toEqual(eventsOf([bytes], setup).events);
      }),
    );
  });
});

describe('lines that a container wrote', () => {
  const cri = (stream: string, tag: string, text: string) =>
    `2026-11-20T08:00:06.123456789Z ${stream} ${tag} ${text}\n`;
  const docker = (stream: string, log: string) =>
    `${JSON.stringify({ log, stream, time: '2026-11-20T08:00:06.1Z' })}\n`;

  test('joins the parts of lines of two streams separately', () => {
    const text =
      cri('stdout', 'P', '{"level":"info",') +
      cri('stderr', 'P', 'oh ') +
      cri('stdout', 'F', '"msg":"up"}') +
      cri('stderr', 'F', 'no') +
      cri('stdout', 'F', '');
    const { events, isPending } = of(text, { reading: 'cri' });

    expect(events).toEqual([
      '{"level":"info","msg":"up","time":"2026-11-20T08:00:06.123456789Z","stream":"stdout","file":"/f"}',
      '{"time":"2026-11-20T08:00:06.123456789Z","type":"log","msg":"oh no","stream":"stderr","file":"/f"}',
      '{"time":"2026-11-20T08:00:06.123456789Z","type":"log","msg":"","stream":"stdout","file":"/f"}',
    ]);
    expect(isPending).toBe(false);
  });

  test('ends a line of Docker with its text, and keeps configured attributes', () => {
    const tagged = '{"log":"x\\n","stream":"stdout","attrs":{"tag":"web"},"time":"2026-11-20T08:00:07Z"}\n';
    const { events } = of(docker('stdout', 'a\u001b[31m') + docker('stdout', 'b\r\n') + tagged, { reading: 'docker' });

    expect(events).toEqual([
      '{"time":"2026-11-20T08:00:06.1Z","type":"log","msg":"ab","msg_raw":"a\\u001b[31mb","stream":"stdout","file":"/f"}',
      '{"time":"2026-11-20T08:00:07Z","type":"log","msg":"x","stream":"stdout","attrs":{"tag":"web"},"file":"/f"}',
    ]);
  });

  test('keeps unfinished parts pending, and emits them at the end', () => {
    expect(of(cri('stdout', 'P', 'half'), { reading: 'cri' })).toMatchObject({ events: [], isPending: true });
    const { events, isPending } = of(cri('stdout', 'P', 'half'), { reading: 'cri', isFinal: true });
    expect(parsed(events)).toMatchObject([{ msg: 'half' }]);
    expect(isPending).toBe(false);
  });

  test('cuts a line of many parts over the limit, while other streams continue', () => {
    const part = 'ä'.repeat(1000);
    const text = `${cri('stdout', 'P', part)}${cri('stderr', 'F', 'x')}`.repeat(9) + cri('stdout', 'F', 'end');
    const { events } = of(text, { reading: 'cri', limit: 5000 });
    const pieces = parsed(events).filter(({ stream }) => stream === 'stdout');

    expect(pieces.map(({ msg }) => msg).join('')).toBe(`${part.repeat(9)}end`);
    expect(pieces.map(piece => piece.partial_ordinal)).toEqual(pieces.map((_, i) => i + 1));
    expect(pieces.map(piece => piece.partial_last)).toEqual(pieces.map((_, i) => i === pieces.length - 1));
    expect(events.every(event => Buffer.byteLength(event) <= 5000)).toBe(true);
  });

  test('given any parts in any pieces, then the events are the same', () => {
    const record = fc.tuple(
      fc.constantFrom('stdout', 'stderr'),
      fc.constantFrom('P', 'F'),
      fc.constantFrom('a', 'é€', 'x'.repeat(900)),
    );
    fc.assert(
      fc.property(fc.array(record, { maxLength: 15 }), fc.array(fc.nat(300), { maxLength: 20 }), (records, sizes) => {
        const bytes = Buffer.from(records.map(([stream, tag, text]) => cri(stream, tag, text)).join(''));
        const pieces: Buffer[] = [];
        let at = 0;
        for (const size of sizes) pieces.push(bytes.subarray(at, (at += size)));
        pieces.push(bytes.subarray(at));
        const setup: Setup = { reading: 'cri', limit: 2500, isFinal: true };
        const { events } = eventsOf([bytes], setup);
        expect(eventsOf(pieces, setup).events).toEqual(events);
        for (const stream of ['stdout', 'stderr']) {
          const sent = records.filter(([name]) => name === stream).map(([, , text]) => text);
          expect(
            parsed(events)
              .filter(event => event.stream === stream)
              .map(({ msg }) => msg)
              .join(''),
          ).toBe(sent.join(''));
        }
      }),
    );
  });
});

describe('lines of a type', () => {
  test('keeps a line of another format as text, skips it, or stops before it', () => {
    const text = 'a=1\nb="\na=2\n';
    expect(of(text, { reading: 'logfmt' })).toMatchObject({
      events: ['{"a":1,"file":"/f"}', '{"type":"log","msg":"b=\\"","file":"/f"}', '{"a":2,"file":"/f"}'],
      told: { bad: ['2: b="'] },
    });
    expect(of(text, { reading: 'logfmt', onBad: 'skip' }).events).toEqual([
      '{"a":1,"file":"/f"}',
      '{"a":2,"file":"/f"}',
    ]);
    expect(of(text, { reading: 'logfmt', onBad: 'stop' })).toMatchObject({
      events: ['{"a":1,"file":"/f"}'],
      rest: 'b="\na=2\n',
      lines: 1,
    });
  });

  test('skips a line over the limit and reads the next, however it is chunked', () => {
    const text = Buffer.from(`a=1\na=${'x'.repeat(3000)}\na=2\n`);
    const setup: Setup = { reading: 'logfmt', limit: 1000, onBad: 'skip' };
    for (const at of [2, 4, 1500, 3005, 3008]) {
      const { events, lines, told } = eventsOf([text.subarray(0, at), text.subarray(at)], setup);
      expect(events, `cut at ${at}`).toEqual(['{"a":1,"file":"/f"}', '{"a":2,"file":"/f"}']);
      expect([lines, told.bad.length]).toEqual([3, 1]);
    }
  });
});
