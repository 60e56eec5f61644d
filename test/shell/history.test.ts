import { appendFileSync, chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { History, MAX_HISTORY_ENTRIES } from '../../src/shell/history.js';
import { temporaryStore } from '../helpers/store.js';

const fileOf = (dir: string): string => join(dir, 'shell_history');

describe('the history of a shell', () => {
  test('is there for the next shell, the newest first, in a file of its owner', () => {
    const dir = temporaryStore();
    const entries = ['select 1;', 'select 1;', 'select\n2;', '"odd";', 'select 1;'];
    const history = new History(dir);
    for (const entry of entries) history.add(entry);

    expect(new History(dir).newestFirst).toEqual(['select 1;', '"odd";', 'select\n2;', 'select 1;']);
    expect(statSync(fileOf(dir)).mode & 0o777).toBe(0o600);
    expect(history.problem).toBeUndefined();
  });

  test('keeps any text as it was', () => {
    const dir = temporaryStore();
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 30 }), text => {
        new History(dir).add(`${text}x`);
        expect(new History(dir).newestFirst[0]).toBe(`${text}x`.toWellFormed());
      }),
    );
  });

  test('is bounded, and passes over what a crash cut short', () => {
    const dir = temporaryStore();
    const line = (i: number): string => `select ${i}, '${'x'.repeat(700)}';`;
    writeFileSync(fileOf(dir), Array.from({ length: 3000 }, (_, i) => `${line(i)}\n`).join(''));
    appendFileSync(fileOf(dir), '"cut\n');
    chmodSync(fileOf(dir), 0o644);

    const history = new History(dir);
    history.add('last;');

    expect(history.newestFirst.length).toBeLessThanOrEqual(MAX_HISTORY_ENTRIES);
    expect(history.newestFirst.slice(0, 2)).toEqual(['last;', line(2999)]);
    expect(statSync(fileOf(dir)).size).toBeLessThan(1024 * 1024);
    expect(statSync(fileOf(dir)).mode & 0o777).toBe(0o600);
    expect(readFileSync(fileOf(dir), 'utf8').endsWith('last;\n')).toBe(true);
  });

  test('does without a file that cannot be used, and tells why', () => {
    const dir = temporaryStore();
    mkdirSync(fileOf(dir));

    const history = new History(dir);
    history.add('select 1;');

    expect(history.newestFirst).toEqual(['select 1;']);
    expect(history.problem).toMatchObject({ code: 'EISDIR' });
  });
});
