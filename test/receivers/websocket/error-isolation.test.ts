import { expect, test } from 'vitest';
import { DecodeError } from '../../../src/formats/decoder.js';
import type { IntakeCounts } from '../../../src/receivers/intake.js';
import { isolateErrors } from '../../../src/receivers/websocket/error-isolation.js';

test('given messages that cannot be taken, then each is counted by why, a defect is told of once, and the next is taken', () => {
  const refused: string[] = [];
  const said: string[] = [];
  const counts = { refused: (reason: string) => void refused.push(reason) } as unknown as IntakeCounts;
  const each = isolateErrors(counts, text => void said.push(text), 'a message');
  let taken = 0;

  each(() => {
    throw new DecodeError('event_too_large', 'too large');
  });
  for (const message of ['broken', 'broken again']) {
    each(() => {
      throw new Error(message);
    });
  }
  each(() => {
    taken++;
  });

  expect(refused).toEqual(['event_too_large', 'defect', 'defect']);
  expect(said).toEqual([expect.stringContaining('broken')]);
  expect(taken).toBe(1);
});
