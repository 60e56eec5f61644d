import { expect, test } from 'vitest';
import { turnstile } from '../../src/receivers/semaphore.js';

test('given more than there are places for, then the others come in turn, and none that has left comes', () => {
  const came: string[] = [];
  const gate = turnstile(2);
  const enter = (name: string) => gate.enter(() => came.push(name));

  const [a, , c, d] = ['a', 'b', 'c', 'd'].map(enter) as [() => void, () => void, () => void, () => void];
  expect(came).toEqual(['a', 'b']);
  c();
  a();
  a();
  expect(came).toEqual(['a', 'b', 'd']);
  d();
  enter('e');
  enter('f');
  expect(came).toEqual(['a', 'b', 'd', 'e']);
});
