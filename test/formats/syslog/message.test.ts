import { describe, expect, test } from 'vitest';
import { syslogEvent } from '../../../src/formats/syslog/message.js';

/** Noon in this machine's time zone. */
const NOW = new Date(2026, 10, 24, 12).getTime();

const read = (message: string | Uint8Array) => {
  const { json, isMalformed } = syslogEvent(Buffer.from(message), { now: NOW, peer: '192.0.2.1' });
  return { isMalformed, event: JSON.parse(json) as Record<string, unknown> };
};

describe('RFC 5424', () => {
  test('given the examples of section 6.5, then each part is a key, structured data flat', () => {
    expect(
      read(
        "<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - \ufeff'su root' failed for lonvick on /dev/pts/8",
      ),
    ).toEqual({
      isMalformed: false,
      event: {
        type: 'log',
        time: '2003-10-11T22:14:15.003Z',
        level: 'FATAL',
        severity: 'crit',
        facility: 'auth',
        host: 'mymachine.example.com',
        app: 'su',
        msgid: 'ID47',
        msg: "'su root' failed for lonvick on /dev/pts/8",
      },
    });
    expect(
      read(
        '<165>1 2003-10-11T22:14:15.003Z h evntslog 8710 ID47 [exampleSDID@32473 iut="3" eventSource="App"][examplePriority@32473 class="high"]',
      ).event,
    ).toMatchObject({
      facility: 'local4',
      severity: 'notice',
      level: 'INFO',
      procid: '8710',
      'exampleSDID@32473.iut': '3',
      'exampleSDID@32473.eventSource': 'App',
      'examplePriority@32473.class': 'high',
      msg: '',
    });
  });

  test('given escapes, repeated parameters and an id alone, then nothing of them is lost', () => {
    expect(read(String.raw`<14>1 - - - - - [a x="1\"\\\]\n" x="2" x="3"][b] m`).event).toMatchObject({
      'a.x': [String.raw`1"\]\n`, '2', '3'],
      b: true,
      msg: 'm',
    });
  });

  test.each(['[a x="1] m', '[a x=1] m', '[a x="1"]m', '[ a] m', 'no data at all', ''])(
    'keeps the header and the text where structured data is %j',
    text => {
      expect(read(`<14>1 2026-11-01T00:00:00Z h a 7 id ${text}`).event).toEqual({
        type: 'log',
        time: '2026-11-01T00:00:00Z',
        level: 'INFO',
        severity: 'info',
        facility: 'user',
        host: 'h',
        app: 'a',
        procid: '7',
        msgid: 'id',
        msg: text,
      });
    },
  );

  test.each([
    ['- hello', 'hello'],
    ['-  hello', 'hello'],
    ['-   indented', '  indented'],
    ['[a x="1"]  hello', 'hello'],
    ['-  \ufeffhello', 'hello'],
    ['-', ''],
    ['- ', ''],
  ])('reads the text of %j as %j: a relay adds one blank', (rest, msg) => {
    expect(read(`<14>1 - h a - - ${rest}`).event.msg).toBe(msg);
  });

  test.each([
    ['2026-11-01T00:00:00.123456789Z', '2026-11-01T00:00:00.123456789Z'],
    ['2026-11-01T00:00:00.5+0100', '2026-11-01T00:00:00.5+01:00'],
    ['2026-11-01T00:00:00,5-07', '2026-11-01T00:00:00.5-07:00'],
    ['2026-11-01T00:00:00.5', `${new Date(2026, 10, 1).toISOString().slice(0, -5)}.5Z`],
  ])('reads the time %s', (sent, time) => {
    expect(read(`<14>1 ${sent} h a - - - m`).event).toMatchObject({ time, host: 'h', msg: 'm' });
  });

  test('keeps a program and an id that are longer than the RFC allows', () => {
    const [app, id] = ['a'.repeat(100), 'i'.repeat(60)];
    expect(read(`<14>1 - h ${app} - ${id} [${id} x="1"] m`).event).toMatchObject({ app, msgid: id, [`${id}.x`]: '1' });
  });

  test('keeps all of a message whose time is no time as text', () => {
    expect(read('<14>1 2026-13-01T00:00:00Z h a - - - m').event.msg).toBe('1 2026-13-01T00:00:00Z h a - - - m');
  });
});

describe('RFC 3164', () => {
  test('given a time, host, tag and process, then each is a key', () => {
    expect(read('<34>Oct 11 22:14:15 mymachine su[12]: failed: 3').event).toEqual({
      type: 'log',
      time: new Date(2026, 9, 11, 22, 14, 15).toISOString(),
      level: 'FATAL',
      severity: 'crit',
      facility: 'auth',
      host: 'mymachine',
      app: 'su',
      procid: '12',
      msg: 'failed: 3',
    });
  });

  test.each([
    ['<13>Nov  1 00:00:00 app: m', { host: '192.0.2.1', app: 'app', msg: 'm' }],
    ['<13>Dec 31 23:59:59 h app: m', { time: new Date(2025, 11, 31, 23, 59, 59).toISOString() }],
    ['<13>Nov  1 2024 01:02:03: h app: m', { time: new Date(2024, 10, 1, 1, 2, 3).toISOString(), host: 'h' }],
    ['<13>2026-11-01T00:00:00.5+02:00 h app: m', { time: '2026-11-01T00:00:00.5+02:00', host: 'h', app: 'app' }],
    ['<13>no time at all', { msg: 'no time at all', host: '192.0.2.1' }],
  ])('given %j, then what it leaves out is found or left out', (message, expected) => {
    expect(read(message)).toMatchObject({ isMalformed: false, event: expected });
  });
});

test.each(['hello', '<999>x', '<>x', ''])('given %j, then it is kept as text', message => {
  expect(read(message)).toEqual({
    isMalformed: true,
    event: { type: 'log', host: '192.0.2.1', msg: message, malformed: true },
  });
});

test.each(['\0', '\n', '\r\n', '\n\0', '\0\0'])('takes %j off the end of a message', end => {
  for (const message of ['<14>Nov  1 00:00:00 h app: a\nb', '<14>1 - h app - - - a\nb', '<14>a\nb']) {
    expect(read(message + end).event).toEqual(read(message).event);
  }
  expect(read(`a${end}`).event.msg).toBe('a');
});

test('given bytes that are no UTF-8, then each is kept, as Latin-1', () => {
  expect(read(Buffer.from('<13>caf\xe9', 'latin1')).event).toMatchObject({ msg: 'caf\xe9', charset: 'latin1' });
});
