import { describe, expect, test } from 'vitest';
import { temporaryStore } from '../temporary-store.js';

describe('telemetry token', () => {
  test('shows a token, and removes it as revoke does', async () => {
    const run = temporaryStore({ a: 1 });
    await run('token', 'create', 'ci');

    expect(JSON.parse((await run('token', 'show', 'ci')).out)).toMatchObject({ name: 'ci', revoked_at: null });
    expect(await run('token', 'rm', 'ci')).toMatchObject({ code: 0 });
    expect(JSON.parse((await run('token', 'show', 'ci')).out)).not.toMatchObject({ revoked_at: null });
    expect(await run('token', 'show', 'nope')).toMatchObject({ code: 1 });
  });
});
