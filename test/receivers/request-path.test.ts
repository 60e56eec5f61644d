import { expect, test } from 'vitest';
import { requestPath } from '../../src/receivers/request-path.js';

test.each([
  ['/', '/'],
  ['/a/b?token=s#x', '/a/b'],
  ['?a=1', '/'],
  ['http://host', '/'],
  ['http://user:pass@host:1/a?b', '/a'],
  ['WS://user:p%40ss@[::1]:1?x', '/'],
  ['/a?to=http://user:pass@host/', '/a'],
  ['*', '*'],
])('given the target %s, then the path is %s', (target, path) => {
  expect(requestPath(target)).toBe(path);
});
