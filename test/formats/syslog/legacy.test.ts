import { describe, expect, test } from 'vitest';
import { legacyFields } from '../../../src/formats/syslog/legacy.js';

/** Noon in this machine's time zone. */
const NOW = new Date(2026, 10, 24, 12).getTime();
const STAMP = 'Nov 12 03:13:14';
const TIME = new Date(2026, 10, 12, 3, 13, 14).toISOString();

/** The parts of a message that are there. */
function read(text: string): Record<string, unknown> {
  const { time, members } = legacyFields(text, { now: NOW, peer: 'peer' });
  return JSON.parse(JSON.stringify({ time, ...members })) as Record<string, unknown>;
}

describe('a message without a tag', () => {
  test.each([
    '{"level":"info","msg":"x: y"}',
    '["a: b"]',
    '"quoted: text"',
    "'su root': failed",
    '<b>bold: text</b>',
    'CEF:0|Vendor|Prod|1.0|100|name|5|src=10.0.0.1',
    'CEF: 0|Vendor|Prod|1.0|100|name|5|',
    'LEEF:2.0|Vendor|Prod|1.0|id|^|src=10.0.0.1',
    'http://x/y failed',
    'https://x:8080/y: timeout',
    '12:30:01.123 INFO started',
    '2026-11-12 03:13:14,123 INFO started',
    '2026-11-12 03:13:14 INFO main: started',
    '2026-11-12 03:13:14 main: started',
    '2026/11/12 03:13:14 started',
    'C:\\temp\\x.txt missing',
    '/var/log/app.log: permission denied',
    'main.go:12: undefined',
    'localhost:8080: refused',
    '10.0.0.1: timeout',
    'fe80::1: timeout',
    '404: not found',
    '-- MARK --',
    'level=info msg="a: b"',
    'key=value: x',
    'ERROR:root:text',
    'array[0] is out of range',
    'last message repeated 2 times',
    '[error] 12#12: *1 open() failed',
    '  indented: text',
  ])('is its text, whole: %s', text => {
    expect(read(text)).toEqual({ host: 'peer', msg: text });
  });

  test.each(['{"a":"b c: d"}', '"q: t"', 'CEF:0|V|P|1|1|n|5|', 'http://x/y failed', '12:30:01 started'])(
    'keeps the time and the host before it: %s',
    text => {
      expect(read(`${STAMP} h1 ${text}`)).toEqual({ time: TIME, host: 'h1', msg: text });
      expect(read(`${STAMP} ${text}`)).toEqual({ time: TIME, host: 'peer', msg: text });
    },
  );
});

test.each([
  ['2026-11-12 03:13:14 h1 app[1]: x', TIME.replace('.000', '')],
  ['2026-11-12 03:13:14.250 h1 app[1]: x', TIME.replace('.000', '.250')],
  ['2026-11-12 03:13:14Z h1 app[1]: x', '2026-11-12T03:13:14Z'],
])('reads an ISO date, a blank and a time before a host and a tag: %s', (text, time) => {
  expect(read(text)).toEqual({ time, host: 'h1', app: 'app', procid: '1', msg: 'x' });
});

describe('a tag', () => {
  test.each([
    ['app: hello', { app: 'app', msg: 'hello' }],
    ['app: {"level":"info"}', { app: 'app', msg: '{"level":"info"}' }],
    ['app:', { app: 'app', msg: '' }],
    ['sshd(pam_unix)[12]: x', { app: 'sshd(pam_unix)', procid: '12', msg: 'x' }],
    ['postfix/smtpd[123]: connect', { app: 'postfix/smtpd', procid: '123', msg: 'connect' }],
    ['(systemd)[1]: x', { app: '(systemd)', procid: '1', msg: 'x' }],
    ['-bash[1]: x', { app: '-bash', procid: '1', msg: 'x' }],
    ['/bsd: x', { app: '/bsd', msg: 'x' }],
    ['/usr/sbin/cron[7]: x', { app: '/usr/sbin/cron', procid: '7', msg: 'x' }],
    ['monit[2340:0]: a[1]: b', { app: 'monit', procid: '2340:0', msg: 'a[1]: b' }],
    ['app[]: x', { app: 'app', msg: 'x' }],
    ['app[7]:x', { app: 'app', procid: '7', msg: 'x' }],
    ['b4fbe48b48ad,UAP-nanoHD-6.6.55+15189: a: b', { app: 'b4fbe48b48ad,UAP-nanoHD-6.6.55+15189', msg: 'a: b' }],
    ['größe: x', { app: 'größe', msg: 'x' }],
    ['kernel: [    1.234] x', { app: 'kernel', msg: '[    1.234] x' }],
  ])('is read: %s', (text, expected) => {
    expect(read(text)).toEqual({ host: 'peer', ...expected });
    expect(read(`${STAMP} h1 ${text}`)).toEqual({ time: TIME, host: 'h1', ...expected });
  });

  test('needs no colon behind its process where a timestamp stands before it', () => {
    expect(read(`${STAMP} h1 app[7] x`)).toEqual({ time: TIME, host: 'h1', app: 'app', procid: '7', msg: 'x' });
  });
});

describe('a host', () => {
  test.each(['h1', 'h1.example.org', '10.0.0.1', '2001:db8::1', '[2001:db8::1]', 'a_b-c', 'src@host/relay', 'büro'])(
    'is read: %s',
    host => {
      expect(read(`${STAMP} ${host} app: x`)).toEqual({ time: TIME, host, app: 'app', msg: 'x' });
    },
  );

  test('is that of the sender where the message has none or a dash', () => {
    expect(read(`${STAMP} app: x`)).toMatchObject({ host: 'peer', app: 'app', msg: 'x' });
    expect(read(`${STAMP} - app: x`)).toMatchObject({ host: 'peer', app: 'app', msg: 'x' });
    expect(read(`${STAMP} CRON[1]: x`)).toMatchObject({ host: 'peer', app: 'CRON', msg: 'x' });
  });
});

describe('a timestamp', () => {
  const local = (...parts: [number, number, number, number, number, number]) => new Date(...parts).toISOString();
  test.each([
    ['Nov  1 00:00:00', local(2026, 10, 1, 0, 0, 0)],
    ['Dec 31 23:59:59', local(2025, 11, 31, 23, 59, 59)],
    ['Feb 29 12:00:00', local(2024, 1, 29, 12, 0, 0)],
    ['Nov  1 2024 01:02:03', local(2024, 10, 1, 1, 2, 3)],
    ['1990 Oct 22 10:52:01', local(1990, 9, 22, 10, 52, 1)],
    ['Nov 12 03:13:14.123456789', local(2026, 10, 12, 3, 13, 14).replace('.000Z', '.123456789Z')],
    ['Nov 12 03:13:14 UTC', '2026-11-12T03:13:14.000Z'],
    ['Nov 12 03:13:14 +0100', '2026-11-12T02:13:14.000Z'],
    ['2026-11-12T03:13:14Z', '2026-11-12T03:13:14Z'],
    ['2026-11-12T03:13:14.5+02:00', '2026-11-12T03:13:14.5+02:00'],
    ['2026-11-12T03:13:14+0100', '2026-11-12T03:13:14+01:00'],
    ['2026-11-12T03:13:14.123456789', local(2026, 10, 12, 3, 13, 14).replace('.000Z', '.123456789Z')],
    ['2026-11-12T03:13:14 CET', '2026-11-12T02:13:14Z'],
  ])('is read: %s', (stamp, time) => {
    expect(read(`${stamp} h1 app: x`)).toMatchObject({ time, host: 'h1', app: 'app', msg: 'x' });
    expect(read(` ${stamp}: h1 app: x`)).toMatchObject({ time, host: 'h1', app: 'app', msg: 'x' });
  });

  test.each(['Nov 31 03:13:14', 'Nov 12 24:13:14', 'Nov 12 03:60:14', '2026-02-30T03:13:14Z', '2026-11-12T25:00:00'])(
    'that is no time stays in the text: %s',
    stamp => {
      expect(read(`${stamp} h1 app: x`)).toEqual({ host: 'peer', msg: `${stamp} h1 app: x` });
    },
  );

  test('is not followed by a zone where the word there is a host', () => {
    expect(read(`${STAMP} MAIL app: x`)).toMatchObject({ time: TIME, host: 'MAIL', app: 'app' });
  });
});
