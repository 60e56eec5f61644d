import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_OTLP_BUFFERED_BYTES, MAX_OTLP_REQUEST_BYTES } from '../../../src/core/limits.js';
import { bodyBuffers } from '../../../src/receivers/otlp/body.js';

describe('bodyBuffers', () => {
  test('given bodies in chunks of any size, announced or not, one after another, then each is what was sent', () => {
    const buffers = bodyBuffers();
    const body = fc.array(fc.uint8Array({ maxLength: 3000 }), { maxLength: 40 });
    fc.assert(
      fc.property(fc.array(fc.tuple(body, fc.constantFrom('told', 'untold', 'wrong')), { maxLength: 6 }), bodies => {
        const open = bodies.map(([chunks, how]) => {
          const sent = Buffer.concat(chunks);
          const expected = { told: sent.length, untold: undefined, wrong: 5 }[how];
          const buffer = buffers.open(expected);
          for (const chunk of chunks) expect(buffer.add(chunk)).toBeUndefined();
          return { sent, buffer };
        });
        // All of them are held at once: none may be in the memory of another.
        for (const { sent, buffer } of open) expect(sent.equals(buffer.bytes)).toBe(true);
        for (const { buffer } of open) buffer.release();
      }),
    );
  });

  test('given bodies that together are too much, then the next one is told to wait, until one is released', () => {
    const buffers = bodyBuffers();
    const most = new Uint8Array(MAX_OTLP_REQUEST_BYTES);
    const held = Array.from({ length: MAX_OTLP_BUFFERED_BYTES / most.length }, () => {
      const buffer = buffers.open(most.length);
      expect(buffer.add(most)).toBeUndefined();
      return buffer;
    });

    const late = buffers.open(1);
    expect(late.add(new Uint8Array(1))).toMatchObject({ status: 429, reason: 'busy' });
    held[0]!.release();

    expect(late.add(new Uint8Array(1))).toBeUndefined();
  });

  test('given a body over the limit, in chunks of any size, then it is refused; at once when its length was told', () => {
    const buffer = bodyBuffers().open();
    const chunk = new Uint8Array(Math.floor(MAX_OTLP_REQUEST_BYTES / 10));
    for (let i = 0; i < 10; i++) expect(buffer.add(chunk)).toBeUndefined();
    expect(buffer.add(chunk)).toMatchObject({ status: 413, reason: 'request_too_large' });
    buffer.release();

    const told = bodyBuffers().open(MAX_OTLP_REQUEST_BYTES + 1);
    expect(told.add(new Uint8Array(1))).toMatchObject({ status: 413, reason: 'request_too_large' });
  });

  test('given a body that is released twice, then its memory is given to one other alone', () => {
    const buffers = bodyBuffers();
    const first = buffers.open();
    first.add(Buffer.from('the first'));
    first.release();
    first.release();

    const others = ['one', 'two'].map(text => {
      const body = buffers.open();
      body.add(Buffer.from(text));
      return body;
    });

    expect(others.map(({ bytes }) => Buffer.from(bytes).toString())).toEqual(['one', 'two']);
  });
});
