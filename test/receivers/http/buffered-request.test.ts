import { describe, expect, test } from 'vitest';
import { MAX_BUFFERED_BYTES, MAX_BUFFERED_REQUEST_BYTES } from '../../../src/core/limits.js';
import type { EventSink } from '../../../src/core/event.js';
import { jsonStream } from '../../../src/formats/json/stream.js';
import { bufferedRequests, type BufferedRequest } from '../../../src/receivers/http/buffered-request.js';

const noEvents: EventSink = () => undefined;

function decoderOf(whole: BufferedRequest) {
  return whole.limit(jsonStream(whole.buffer, { maxEventBytes: MAX_BUFFERED_REQUEST_BYTES }));
}

describe('a whole request', () => {
  test('given events, when it is stored, then the journal has them as they were handed in, and not before', () => {
    const stored: unknown[] = [];
    const whole = bufferedRequests()((bytes, start, end, facts) => {
      stored.push([Buffer.from(bytes.subarray(start, end)).toString(), { ...facts }]);
    });
    const direct: unknown[] = [];
    const events = Array.from({ length: 2000 }, (_, n) => `{"event_id":"id-${n}","half":"\\ud83d","n":${n}}`).join(
      '\n',
    );
    const decoder = jsonStream(
      (bytes, start, end, facts) => {
        direct.push([Buffer.from(bytes.subarray(start, end)).toString(), { ...facts }]);
        whole.buffer(bytes, start, end, facts);
      },
      { maxEventBytes: 1000 },
    );

    void decoder.write(Buffer.from(events));
    void decoder.end();
    expect(stored).toEqual([]);
    whole.store();

    expect(stored).toHaveLength(2000);
    expect(stored).toEqual(direct);
  });

  test('given a body over the limit, then it is refused at the first byte too many', () => {
    const decoder = decoderOf(bufferedRequests()(noEvents));
    void decoder.write(Buffer.alloc(MAX_BUFFERED_REQUEST_BYTES, ' '));

    expect(() => decoder.write(Buffer.from(' '))).toThrow(
      expect.objectContaining({ reason: 'request_too_large' }) as Error,
    );
  });

  test('given very many tiny events, then what describes them counts as well', () => {
    const decoder = decoderOf(bufferedRequests()(noEvents));

    expect(() => decoder.write(Buffer.alloc(2_000_000, '{}'))).toThrow(
      expect.objectContaining({ reason: 'request_too_large' }) as Error,
    );
  });

  test('given many requests at once, then one too many is told to try again, until another ends', () => {
    const request = bufferedRequests();
    const full = Array.from({ length: MAX_BUFFERED_BYTES / MAX_BUFFERED_REQUEST_BYTES }, () => request(noEvents));
    const body = Buffer.alloc(MAX_BUFFERED_REQUEST_BYTES, ' ');
    for (const whole of full) void decoderOf(whole).write(body);
    const late = request(noEvents);

    expect(() => decoderOf(late).write(body)).toThrow(expect.objectContaining({ reason: 'busy' }) as Error);
    late.close();
    full[0]!.close();

    expect(() => decoderOf(request(noEvents)).write(body)).not.toThrow();
  });
});
