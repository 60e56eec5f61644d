import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TelemetryError } from '../../../src/core/errors.js';
import { DecodeError } from '../../../src/formats/decoder.js';
import { accessLogLine } from '../../../src/formats/lines/access-log.js';
import { criRecord, dockerRecord, podIn } from '../../../src/formats/lines/container-log.js';
import { apacheErrorLine, nginxErrorLine } from '../../../src/formats/lines/error-log.js';
import { hasEscapes, withoutEscapes } from '../../../src/formats/lines/escapes.js';
import { journaldLine } from '../../../src/formats/lines/journald.js';
import { patternLine } from '../../../src/formats/lines/pattern.js';
import { syslogFileLine } from '../../../src/formats/lines/syslog-file.js';

const parsed = (json: string) => JSON.parse(json) as Record<string, unknown>;

describe('a line of an access log', () => {
  test('given the combined format, then each of its fields is a key', () => {
    const line =
      '203.0.113.9 - ada [20/Nov/2026:08:00:06 +0130] "GET /a?b=1 HTTP/1.1" 404 153 "https://x.org/" "Mozilla/5.0 (X11)"';
    expect(parsed(accessLogLine(line))).toEqual({
      time: '2026-11-20T08:00:06+01:30',
      type: 'log',
      remote_addr: '203.0.113.9',
      remote_user: 'ada',
      method: 'GET',
      path: '/a?b=1',
      protocol: 'HTTP/1.1',
      status: 404,
      bytes: 153,
      referer: 'https://x.org/',
      user_agent: 'Mozilla/5.0 (X11)',
      msg: 'GET /a?b=1 HTTP/1.1',
    });
  });

  test.each([
    ['::1 - - [01/Jan/2027:00:00:00 +0000] "GET / HTTP/2.0" 200 -', { remote_addr: '::1', status: 200 }],
    ['h i u [01/Jan/2027:00:00:00 +0000] "-" 408 0', { ident: 'i', remote_user: 'u', msg: '-' }],
    [
      'h - a b [01/Jan/2027:00:00:00.123 -0800] "x" 400 0',
      { remote_user: 'a b', time: '2027-01-01T00:00:00.123-08:00' },
    ],
    ['h - - [01/Jan/2027:00:00:00 +0000] "\\x16\\x03\\x01" 400 0', { msg: '\u0016\u0003\u0001' }],
    ['h - - [01/Jan/2027:00:00:00 +0000] "GET /\\xc3\\xa9\\"x HTTP/1.1" 200 1', { path: '/é"x' }],
    [
      'h - - [01/Jan/2027:00:00:00 +0000] "GET / HTTP/1.1" 200 1 "-" "-" "10.0.0.1" 0.004',
      { extra: '"10.0.0.1" 0.004' },
    ],
    ['a.org:443 h - - [01/Jan/2027:00:00:00 +0000] "GET / HTTP/1.1" 200 1 "-" "c"', { virtual_host: 'a.org:443' }],
  ])('given %s, then it is read', (line, members) => {
    expect(parsed(accessLogLine(line))).toMatchObject(members);
  });

  test.each(['', 'text', 'h - - [01/Foo/2027:00:00:00 +0000] "x" 200 1', 'h - - [x] "y" 1 2'])(
    'given %j, then it is none',
    line => {
      expect(() => accessLogLine(line)).toThrow(DecodeError);
    },
  );
});

test("given lines of servers' error logs, then level, process and message are keys", () => {
  const nginx = '2026/11/20 08:00:06 [error] 31#32: *7 open() "/x" failed, client: 10.0.0.1';
  const apache = '[Fri Nov 20 08:00:06.902022 2026] [core:warn] [pid 3:tid 4] [client 10.0.0.1:99] AH00128: no file';
  const time = new Date(2026, 10, 20, 8, 0, 6).toISOString();
  expect(parsed(nginxErrorLine(nginx))).toEqual({
    time,
    type: 'log',
    level: 'error',
    pid: 31,
    tid: 32,
    connection: 7,
    msg: 'open() "/x" failed, client: 10.0.0.1',
  });
  expect(parsed(apacheErrorLine(apache))).toEqual({
    time: time.replace('.000Z', '.902022Z'),
    type: 'log',
    level: 'warn',
    module: 'core',
    pid: 3,
    tid: 4,
    client: '10.0.0.1:99',
    msg: 'AH00128: no file',
  });
  expect(() => nginxErrorLine(apache)).toThrow(DecodeError);
});

describe('a record of a container', () => {
  test.each([
    ['2026-11-20T08:00:06.123456789Z stdout F hello  world', 'hello  world', false],
    ['2026-11-20T08:00:06Z stderr P half', 'half', true],
    ['2026-11-20T08:00:06+01:00 stdout F:extra x', 'x', false],
    ['2026-11-20T08:00:06Z stdout F ', '', false],
    ['2026-11-20T08:00:06Z stdout F', '', false],
  ])('given %s, then it is a record of CRI', (line, text, isPartial) => {
    const record = criRecord(Buffer.from(line));
    expect({ ...record, text: record.text.toString() }).toMatchObject({ text, isPartial });
  });

  test.each([
    '',
    'a b c d',
    '2026-11-20T08:00:06Z stdin F x',
    '2026-11-20T08:00:06Z stdout X x',
    '{"log":"x"}',
    '{}',
    '[]',
  ])('given %j, then it is none', line => {
    expect(() => criRecord(Buffer.from(line))).toThrow(DecodeError);
    expect(() => dockerRecord(Buffer.from(line))).toThrow(DecodeError);
  });

  test('given the path of a log of Kubernetes, then it names the pod', () => {
    const pod = { namespace: 'shop', pod: 'web-5d', container: 'nginx' };
    expect(podIn('/var/log/pods/shop_web-5d_8c/nginx/0.log')).toEqual(pod);
    expect(podIn('/var/log/pods/shop_web-5d_8c/nginx/0.log.20261120-080006.gz')).toEqual(pod);
    expect(podIn(`/var/log/containers/web-5d_shop_nginx-${'0a'.repeat(32)}.log`)).toEqual(pod);
    expect(podIn('/var/log/my_app_x.log')).toBeUndefined();
  });
});

describe('an entry of journald', () => {
  test('keeps fields of all kinds and adds time, level, service and host', () => {
    const entry = {
      __REALTIME_TIMESTAMP: '1795161606123456',
      MESSAGE: [...Buffer.from('\u001b[1mhé')],
      PRIORITY: '3',
      SYSLOG_IDENTIFIER: 'sshd',
      _SYSTEMD_UNIT: 'ssh.service',
      _HOSTNAME: 'web1',
      _PID: '77',
      RAW: [255, 0],
      TWICE: ['a', [98]],
      LONG: null,
    };
    expect(parsed(journaldLine(Buffer.from(JSON.stringify(entry))))).toEqual({
      time: new Date(1795161606123).toISOString().replace('Z', '456Z'),
      type: 'log',
      level: 'ERROR',
      service: 'sshd',
      host: 'web1',
      ...entry,
      MESSAGE: '\u001b[1mhé',
      RAW: '/wA=',
      TWICE: ['a', 'b'],
    });
  });

  test('given an entry without most fields, or with ours, then nothing is made up', () => {
    expect(parsed(journaldLine(Buffer.from('\u001e{"MESSAGE":"x"}')))).toEqual({ type: 'log', MESSAGE: 'x' });
    const unit = '{"MESSAGE":"x","_SYSTEMD_UNIT":"a.service","LEVEL":"9","PRIORITY":"7"}';
    expect(parsed(journaldLine(Buffer.from(unit)))).toMatchObject({ service: 'a', LEVEL: '9' });
    expect(parsed(journaldLine(Buffer.from(unit)))).not.toHaveProperty('level');
    for (const line of ['x', '[]', '{}', '{"msg":"x"}'])
      expect(() => journaldLine(Buffer.from(line))).toThrow(DecodeError);
  });
});

describe('a line of a file of syslog', () => {
  const now = Date.UTC(2026, 10, 28);

  test('given no priority, then none is made up, and the year is that of the file', () => {
    const event = parsed(syslogFileLine(Buffer.from('Nov 20 08:00:06 web1 sshd[7]: hello'), now));
    expect(event).toMatchObject({ type: 'log', host: 'web1', app: 'sshd', procid: '7', msg: 'hello' });
    expect(event.time).toBe(new Date(2026, 10, 20, 8, 0, 6).toISOString());
    for (const key of ['level', 'severity', 'facility', 'malformed']) expect(event).not.toHaveProperty(key);
  });

  test('given a priority, then it is read as over the network', () => {
    expect(parsed(syslogFileLine(Buffer.from('<11>Nov 20 08:00:06 web1 app: x'), now))).toMatchObject({
      level: 'ERROR',
    });
  });
});

describe('a pattern', () => {
  test('uses named groups as keys, types numbers, and keeps the line as message', () => {
    const decode = patternLine('^(?<time>\\S+) (?P<status>\\d+)(?: (?<extra>x))?');
    expect(decode('2026-11-20T08:00:06Z 404 rest')).toBe(
      '{"time":"2026-11-20T08:00:06Z","status":404,"type":"log","msg":"2026-11-20T08:00:06Z 404 rest"}',
    );
    expect(() => decode('x')).toThrow(DecodeError);
  });

  test('given groups of the names type and message, then these are taken', () => {
    expect(patternLine('(?i)(?<type>A+)-(?<message>.*)')('aa-"x"')).toBe('{"type":"aa","message":"\\"x\\""}');
  });

  test.each(['(', 'no group', '(x)', '(?<1>x)'])('given %s, then it is refused', pattern => {
    expect(() => patternLine(pattern)).toThrow(TelemetryError);
  });
});

describe('a text without escape sequences', () => {
  test.each([
    ['\u001b[31mred\u001b[0m', 'red'],
    ['\u001b[1;38;5;208mx\u001b[K', 'x'],
    ['\u001b]8;;https://x.org\u001b\\link\u001b]8;;\u001b\\', 'link'],
    ['\u001b]0;title\u0007x', 'x'],
    ['\u009b2Kx', 'x'],
    ['\u001b(Bx\u001b7', 'x'],
    ['cut \u001b[3', 'cut '],
    ['\u001b', ''],
    ['a[31mb', 'a[31mb'],
  ])('given %j, then it is %j', (text, plain) => {
    expect(withoutEscapes(text)).toBe(plain);
  });

  test('given any text, then none is left, and what has none stays as it is', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('\u001b', '[', ']', '3', ';', 'm', 'x', '\u0007', '\\', ' ', '\u009b') }),
        text => {
          const plain = withoutEscapes(text);
          expect(hasEscapes(plain)).toBe(false);
          expect(withoutEscapes(plain)).toBe(plain);
        },
      ),
    );
  });
});
