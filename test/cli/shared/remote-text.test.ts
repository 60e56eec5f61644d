import { expect, test } from 'vitest';
import { eventsText } from '../../../src/cli/shared/remote-text.js';

test('a range of one id is named as one event', () => {
  expect(eventsText({ events: 1, firstId: 5, lastId: 5 })).toBe('event 5');
  expect(eventsText({ events: 2, firstId: 5, lastId: 9 })).toBe('2 events with ids 5 to 9');
});
