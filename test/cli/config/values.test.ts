import { describe, expect, test } from 'vitest';
import { TelemetryError } from '../../../src/core/errors.js';
import {
  bytes,
  eventTypes,
  origin,
  path,
  oneOf,
  port,
  timeZone,
  url,
  wholeNumber,
  yesOrNo,
} from '../../../src/cli/config/values.js';

describe('bytes', () => {
  test.each([
    ['1048576', 1_048_576],
    ['64MiB', 64 * 1024 * 1024],
    ['1.5 KiB', 1536],
    ['10kb', 10_000],
    ['2M', 2 * 1024 * 1024],
    ['1GB', 1_000_000_000],
  ])('given %s, then %d', (text, size) => {
    expect(bytes(text)).toBe(size);
  });

  test.each(['', '0', '-1', 'MiB', '1 parsec', '1e3', '9999999999GiB'])('given "%s", then a usage error', text => {
    expect(() => bytes(text)).toThrow(TelemetryError);
  });
});

describe('eventTypes', () => {
  test('reads a list of types', () => {
    expect(eventTypes('debug, log,"a, b","spans"')).toEqual(['debug', 'log', 'a, b', 'spans']);
  });

  test.each(['', 'a,,b', 'spans', 'log,METRICS'])('refuses "%s"', text => {
    expect(() => eventTypes(text)).toThrow(expect.objectContaining({ kind: 'usage' }) as Error);
  });
});

describe('port', () => {
  test.each(['0', '4318', '65535'])('given %s, then it is taken', text => {
    expect(port(text)).toBe(Number(text));
  });

  test.each(['65536', '-1', '0x10', 'tcp://10.0.0.1:4318', '1.5'])('given %s, then a usage error', text => {
    expect(() => port(text)).toThrow('is not a port');
  });
});

describe('the other values', () => {
  test('resolves a relative path from the base, and ~/ from the home', () => {
    expect(path('store', '/project')).toBe('/project/store');
    expect(path('/abs', '/project')).toBe('/abs');
    expect(path('~/store', '/project')).toBe(`${process.env.HOME ?? ''}/store`);
  });

  test('given words for yes and no, then a boolean; anything else is an error', () => {
    expect(['true', '1', 'YES', 'on'].map(yesOrNo)).toEqual([true, true, true, true]);
    expect(['false', '0', 'no', 'off'].map(yesOrNo)).toEqual([false, false, false, false]);
    expect(() => yesOrNo('maybe')).toThrow('yes or no');
  });

  test('given a time zone, when no such zone exists, then an error', () => {
    expect(timeZone('Australia/Sydney')).toBe('Australia/Sydney');
    expect(() => timeZone('Mars/Olympus')).toThrow('"Mars/Olympus" is not a time zone');
  });

  test('given a URL, when it is not of a web server, then an error', () => {
    expect(url('http://127.0.0.1:4318')).toBe('http://127.0.0.1:4318');
    expect(() => url('localhost:4318')).toThrow('URL');
    expect(() => url('file:///etc')).toThrow('URL');
  });

  test('writes an origin as browsers send it, and refuses a longer address', () => {
    const written = [
      'http://App.example/',
      'http://c.example:80',
      'https://[::1]:8443',
      'chrome-extension://abc',
      '*',
      'null',
    ];
    expect(written.map(origin)).toEqual([
      'http://app.example',
      'http://c.example',
      'https://[::1]:8443',
      'chrome-extension://abc',
      '*',
      'null',
    ]);
    for (const wrong of ['notanorigin', 'http://x/y', 'http://user@x', 'http://x/?a', 'http://', '']) {
      expect(() => origin(wrong)).toThrow('the origin of web pages');
    }
  });

  test('given a choice or a count, when it is none, then the error names what is', () => {
    expect(() => oneOf(['a', 'b'])('c', '')).toThrow('one of a, b');
    expect(wholeNumber(0)('0', '')).toBe(0);
    expect(() => wholeNumber(1)('0', '')).toThrow('at least 1');
    expect(() => wholeNumber(0)('-5', '')).toThrow('whole number');
  });
});
