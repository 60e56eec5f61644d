import { describe, expect, test } from 'vitest';
import { legacyFields } from '../../../src/formats/syslog/legacy.js';

const NOW = Date.UTC(2026, 10, 24, 12);
const UTC = '2026-11-12T03:13:14.398Z';

function read(text: string): Record<string, unknown> {
  const { time, members } = legacyFields(text, { now: NOW, peer: 'peer' });
  return JSON.parse(JSON.stringify({ time, ...members })) as Record<string, unknown>;
}

/** This machine's zone. */
const local = (fraction = '.000') => new Date(2026, 10, 12, 3, 13, 14).toISOString().replace('.000', fraction);

describe('IOS', () => {
  const code = { msgid: '%SYS-5-CONFIG_I', msg: '%SYS-5-CONFIG_I: Configured: yes' };
  const text = '%SYS-5-CONFIG_I: Configured: yes';

  test.each([
    [`46: Nov 12 03:13:14.398 UTC: ${text}`, { time: UTC, host: 'peer', sequence: 46 }],
    [`46: sw01: Nov 12 2026 03:13:14.398 UTC: ${text}`, { time: UTC, host: 'sw01', sequence: 46 }],
    [`46: 10.0.0.1: Nov 12 03:13:14.398 UTC: ${text}`, { time: UTC, host: '10.0.0.1', sequence: 46 }],
    [`46: 2001:db8::1: Nov 12 03:13:14.398 UTC: ${text}`, { time: UTC, host: '2001:db8::1', sequence: 46 }],
    [
      `46: 000047: sw01: Nov 12 03:13:14.398 UTC: ${text}`,
      { time: UTC, host: 'sw01', sequence: 47, message_counter: 46 },
    ],
    [
      `46: sw01: 000047: .Nov 12 03:13:14.398 UTC: ${text}`,
      { time: UTC, host: 'sw01', sequence: 47, message_counter: 46, 'timeQuality.isSynced': '0' },
    ],
    [`sw01: 000047: Nov 12 03:13:14.398 UTC: ${text}`, { time: UTC, host: 'sw01', sequence: 47 }],
    [`Nov 12 03:13:14.398: ${text}`, { time: local('.398'), host: 'peer' }],
    [`: Nov 12 03:13:14.398 UTC: ${text}`, { time: UTC, host: 'peer' }],
    [
      `46: *Nov 12 03:13:14.398: ${text}`,
      { time: local('.398'), host: 'peer', sequence: 46, 'timeQuality.isSynced': '0' },
    ],
    [`46: .Nov 12 03:13:14: ${text}`, { time: local(), host: 'peer', sequence: 46, 'timeQuality.isSynced': '0' }],
    [
      `46: Nov 12 03:13:14.398 CET: ${text}`,
      { time: UTC.replace('T03', 'T02'), host: 'peer', sequence: 46, time_zone: 'CET' },
    ],
    [`46: Nov 12 03:13:14.398 XYZT: ${text}`, { time: local('.398'), host: 'peer', sequence: 46, time_zone: 'XYZT' }],
    [`46: 00:00:46: ${text}`, { host: 'peer', sequence: 46, uptime: '00:00:46' }],
    [`46: sw01: 1w2d: ${text}`, { host: 'sw01', sequence: 46, uptime: '1w2d' }],
    [`46: ${text}`, { host: 'peer', sequence: 46 }],
    [text, { host: 'peer' }],
  ])('%s', (sent, expected) => {
    expect(read(sent)).toEqual({ ...expected, ...code });
  });

  test('keeps debug output, which has no code', () => {
    expect(read('48: *Nov 12 03:13:14.123: OSPF: rcv. v:2')).toEqual({
      time: local('.123'),
      host: 'peer',
      app: 'OSPF',
      msg: 'rcv. v:2',
      sequence: 48,
      'timeQuality.isSynced': '0',
    });
  });

  test('takes the time of the device, and the host of the relay, behind a relay', () => {
    expect(read(`Nov 12 03:13:19 10.0.0.1 46: Nov 12 03:13:14.398 UTC: ${text}`)).toEqual({
      time: UTC,
      host: '10.0.0.1',
      sequence: 46,
      ...code,
    });
  });
});

test.each([
  ['Nov 12 2026 03:13:14: %ASA-6-302013: Built', { time: local(), host: 'peer' }],
  ['Nov 12 2026 03:13:14 fw01 : %ASA-6-302013: Built', { time: local(), host: 'fw01' }],
  ['Nov 12 2026 03:13:14 fw01: %ASA-6-302013: Built', { time: local(), host: 'fw01' }],
  ['Nov 12 2026 03:13:14 fw01 %ASA-6-302013: Built', { time: local(), host: 'fw01' }],
  ['2026-11-12T03:13:14Z fw01 : %ASA-6-302013: Built', { time: '2026-11-12T03:13:14Z', host: 'fw01' }],
  [':Nov 12 03:13:14 UTC: %ASA-6-302013: Built', { time: '2026-11-12T03:13:14.000Z', host: 'peer' }],
  ['%ASA-6-302013: Built', { host: 'peer' }],
])('ASA: %s', (sent, expected) => {
  expect(read(sent)).toEqual({ ...expected, msgid: '%ASA-6-302013', msg: '%ASA-6-302013: Built' });
});

test.each([
  [
    'sw01: 2026 Nov 12 03:13:14.398 UTC: %AUTHPRIV-6-SYSTEM_MSG: pam',
    { time: UTC, host: 'sw01', msgid: '%AUTHPRIV-6-SYSTEM_MSG', msg: '%AUTHPRIV-6-SYSTEM_MSG: pam' },
  ],
  [
    '12: r1 RP/0/RSP0/CPU0:Nov 12 03:13:14.398 UTC: config[657]: %MGBL-SYS-5-CONFIG_I : Configured',
    {
      time: UTC,
      host: 'r1',
      app: 'config',
      procid: '657',
      msg: '%MGBL-SYS-5-CONFIG_I : Configured',
      sequence: 12,
      node: 'RP/0/RSP0/CPU0',
    },
  ],
  [
    '16: Nov 12 03:13:14 AM.398 UTC :  %UC_CALLMANAGER-3-DeviceUnregistered: x',
    {
      time: UTC,
      host: 'peer',
      msgid: '%UC_CALLMANAGER-3-DeviceUnregistered',
      msg: '%UC_CALLMANAGER-3-DeviceUnregistered: x',
      sequence: 16,
    },
  ],
])('NX-OS, IOS XR and Unified Communications: %s', (sent, expected) => {
  expect(read(sent)).toEqual(expected);
});

test.each(['46: a text', '46: 47: a text', ': a text', 'a: Nov 12 03:13:14 b', '%not-a-code: x', '100% sure: yes'])(
  'what only looks like Cisco is not: %s',
  text => {
    const { msg, app, sequence } = read(text) as { msg: string; app?: string; sequence?: number };
    expect(sequence).toBeUndefined();
    expect(app === undefined ? msg : `${app}: ${msg}`).toBe(text);
  },
);
