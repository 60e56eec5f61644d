import { describe, expect, test } from 'vitest';
import { hasTokens } from '../../../src/store/database/has-tokens.js';
import { openForWriting } from '../../../src/store/database/store.js';
import { createToken, revokeToken } from '../../../src/store/catalog/tokens.js';
import { temporaryStore } from '../../helpers/store.js';

describe('whether a store has tokens', () => {
  test('given none, one, and one that is revoked, then it does from the first one on', () => {
    const dir = temporaryStore();
    openForWriting(dir).close();
    const before = hasTokens(dir);
    createToken(dir, 'a', ['ingest'], 0);
    const after = hasTokens(dir);
    revokeToken(dir, 'a', 1);

    expect([before, after, hasTokens(dir)]).toEqual([false, true, true]);
  });

  test('given one that is only in the log so far, beside a writer, then it is seen', () => {
    const dir = temporaryStore();
    const db = openForWriting(dir);
    createToken(dir, 'a', ['ingest'], 0);
    db.exec('begin immediate');

    expect(hasTokens(dir)).toBe(true);
    db.close();
  });
});
