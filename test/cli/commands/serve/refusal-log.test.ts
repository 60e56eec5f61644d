import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { RefusalLog } from '../../../../src/cli/commands/serve/refusal-log.js';

const DETAIL = { request: 'POST /', address: '127.0.0.1', userAgent: 'curl/8.5.0 libcurl', message: 'not JSON' };

describe('the log of refusals', () => {
  let lines: string[];
  let log: RefusalLog;
  beforeEach(() => {
    vi.useFakeTimers();
    lines = [];
    log = new RefusalLog(line => void lines.push(line), 8000);
  });
  afterEach(() => void vi.useRealTimers());

  test('tells of the first refusal of each reason at once, with who sent what', () => {
    log.report('invalid_json', 1, DETAIL);
    log.report('unauthorized', 1, { request: 'POST /', message: 'a token is needed' });

    expect(lines).toEqual([
      'refused POST / from curl/8.5.0 (127.0.0.1): not JSON [invalid_json]',
      'refused POST /: a token is needed [unauthorized]',
    ]);
  });

  test('tells of no reason more than once a second, with the count of those in between', () => {
    for (let i = 0; i < 100; i++) log.report('invalid_json', 1, { ...DETAIL, message: `fault ${i}` });
    vi.advanceTimersByTime(999);
    expect(lines).toHaveLength(1);
    vi.advanceTimersByTime(1);

    expect(lines.slice(1)).toEqual([
      'refused 99 more, the last: POST / from curl/8.5.0 (127.0.0.1): fault 99 [invalid_json]',
    ]);
  });

  test('logs a lasting reason less and less often, and at once after a quiet time', () => {
    for (let ms = 0; ms < 60_000; ms += 100) {
      log.report('invalid_json', 1, DETAIL);
      vi.advanceTimersByTime(100);
    }
    // At 0, 1, 3, 7, 15 s, and every 8 s from then on.
    expect(lines).toHaveLength(10);
    vi.advanceTimersByTime(60_000);
    lines = [];
    log.report('invalid_json', 1, DETAIL);

    expect(lines).toEqual(['refused POST / from curl/8.5.0 (127.0.0.1): not JSON [invalid_json]']);
  });

  test('tells of events that were left out of a request that was taken', () => {
    const detail = { ...DETAIL, request: 'POST /v1/logs', message: 'an event is too large', isPartial: true };
    log.report('event_too_large', 3, detail);
    log.report('event_too_large', 1, detail);
    log.close();

    expect(lines).toEqual([
      'left out 3 events of POST /v1/logs from curl/8.5.0 (127.0.0.1): an event is too large [event_too_large]',
      'left out 1 event more of POST /v1/logs from curl/8.5.0 (127.0.0.1): an event is too large [event_too_large]',
    ]);
  });

  test('lets nothing of what was sent act on the terminal', () => {
    log.report('not_found', 1, { ...DETAIL, request: 'POST /\x1b[2J', userAgent: 'x\ny' });

    expect(lines).toEqual(['refused POST /\\x1b[2J from x (127.0.0.1): not JSON [not_found]']);
  });
});
