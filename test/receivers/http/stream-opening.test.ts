import { describe, expect, test } from 'vitest';
import { openingWriter } from '../../../src/receivers/http/stream-opening.js';

/** What the store keeps of the values of some headers. */
function kept(headers: Readonly<Record<string, string>>, keepHeaders?: readonly string[]): Record<string, unknown> {
  const { headers: json } = openingWriter('http', keepHeaders)('127.0.0.1', '/', Object.entries(headers).flat());
  return JSON.parse(json) as Record<string, unknown>;
}

describe('the headers of a stream', () => {
  test('keeps those that are harmless, and hides every other', () => {
    const harmless = { 'User-Agent': 'curl/8.5.0', 'X-Request-Id': '7', traceparent: '00-1-2-01', Host: 'localhost' };
    const secret = {
      Authorization: 'a',
      'x-honeycomb-team': 'b',
      'x-jwt': 'c',
      'sec-websocket-protocol': 'd',
      from: 'e',
    };

    expect(kept({ ...harmless, ...secret })).toEqual({
      'user-agent': 'curl/8.5.0',
      'x-request-id': '7',
      traceparent: '00-1-2-01',
      host: 'localhost',
      authorization: '***',
      'x-honeycomb-team': '***',
      'x-jwt': '***',
      'sec-websocket-protocol': '***',
      from: '***',
    });
  });

  test('keeps those that are named as well', () => {
    expect(kept({ 'X-Team': 'blue', 'X-Jwt': 'c' }, ['x-team'])).toEqual({ 'x-team': 'blue', 'x-jwt': '***' });
  });

  test.each([
    ['https://h.example/cb?code=s3cret', 'https://h.example/cb?***'],
    ['https://h.example/cb#access_token=s3cret', 'https://h.example/cb#***'],
    ['https://ada:s3cret@h.example/a', 'https://ada:***@h.example/a'],
    ['https://h.example/a;jsessionid=s3cret/b?x=1', 'https://h.example/a;***/b?***'],
    ['https://h.example/a', 'https://h.example/a'],
  ])('keeps of the referer %s what is no secret', (referer, shown) => {
    expect(kept({ referer })).toEqual({ referer: shown });
  });
});

test('keeps the path without its parameters', () => {
  expect(openingWriter('websocket')(undefined, '/in;token=s3cret/a', []).path).toBe('/in;***/a');
  expect(openingWriter('websocket')(undefined, undefined, []).path).toBeUndefined();
});
