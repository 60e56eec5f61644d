import { describe, expect, test } from 'vitest';
import { querySocketPaths } from '../../../src/server/query-pool/socket-path.js';

describe('the paths of a query socket', () => {
  test('are in the store, then in the directory of the user', () => {
    const [inStore, ofUser] = querySocketPaths('/var/store', 'query', { XDG_RUNTIME_DIR: '/run/user/7' }, 'linux');
    expect(inStore).toBe('/var/store/query.sock');
    expect(ofUser).toMatch(/^\/run\/user\/7\/telemetry-\d+\/[\da-f]{16}-query\.sock$/);
  });

  test('leave out the store where its path is too long for a socket', () => {
    const long = `/${'x'.repeat(100)}`;
    expect(querySocketPaths(long, 'query', { XDG_RUNTIME_DIR: '/run/user/7' }, 'linux')).toHaveLength(1);
    expect(querySocketPaths(long, 'query', { XDG_RUNTIME_DIR: long }, 'linux')).toEqual([]);
  });

  test('differ between stores', () => {
    const named = (store: string): string => querySocketPaths(store, 'query', {}, 'win32')[0]!;
    expect(named('a')).toMatch(/^\\\\\.\\pipe\\telemetry-[\da-f]{16}-query$/);
    expect(named('a')).not.toBe(named('b'));
  });
});
