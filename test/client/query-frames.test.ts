import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { frame, frameReader, requestEnvironment, type FrameKind } from '../../src/client/query-frames.js';

describe('frames', () => {
  test('come out as they went in, in chunks of any size', () => {
    const frames = fc.array(fc.tuple(fc.integer({ min: 1, max: 6 }), fc.uint8Array({ maxLength: 40 })));
    fc.assert(
      fc.property(frames, fc.integer({ min: 1, max: 20 }), (sent, size) => {
        const bytes = Buffer.concat(sent.map(([kind, payload]) => frame(kind as FrameKind, payload)));
        const got: [number, number[]][] = [];
        const read = frameReader((kind, payload) => void got.push([kind, [...payload]]));
        for (let at = 0; at < bytes.length; at += size) read(bytes.subarray(at, at + size));
        expect(got).toEqual(sent.map(([kind, payload]) => [kind, [...payload]]));
      }),
    );
  });

  test('that are longer than any command line are refused', () => {
    expect(() => frameReader(() => undefined)(Buffer.from([1, 0xff, 0, 0, 0]))).toThrow('too long');
  });
});

test('the environment of a request holds settings, and no token', () => {
  const env = { TELEMETRY_STORE: 'a', TELEMETRY_TOKEN: 'b', AWS_SECRET: 'c', HOME: 'd', NO_COLOR: '1' };
  expect(requestEnvironment(env)).toEqual({ TELEMETRY_STORE: 'a', HOME: 'd', NO_COLOR: '1' });
});
