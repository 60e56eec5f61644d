import { EventEmitter } from 'node:events';
import { describe, expect, test } from 'vitest';
import { interruption } from '../../src/cli/signals.js';

describe('interruption', () => {
  test.each([
    ['SIGINT', 'SIGINT', 130],
    ['SIGINT', 'SIGTERM', 143],
    ['SIGTERM', 'SIGINT', 130],
  ])('given %s and then %s, then the first aborts and the second exits with %d', (first, second, code) => {
    const exits: number[] = [];
    const process = Object.assign(new EventEmitter(), { exit: (status: number) => exits.push(status) });
    const signal = interruption(process as unknown as NodeJS.Process);

    expect(signal.aborted).toBe(false);
    process.emit(first);
    expect(signal.aborted).toBe(true);
    expect(exits).toEqual([]);
    process.emit(second);
    expect(exits).toEqual([code]);
  });
});
