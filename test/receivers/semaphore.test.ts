import { expect, test } from 'vitest';
import { Semaphore } from '../../src/receivers/semaphore.js';

test('given more than there are places for, then the others come in turn, and none that has left comes', () => {
  const came: string[] = [];
  const semaphore = new Semaphore(2);
  const acquire = (name: string) => semaphore.acquire(() => came.push(name));

  const [a, , c, d] = ['a', 'b', 'c', 'd'].map(acquire) as [() => void, () => void, () => void, () => void];
  expect(came).toEqual(['a', 'b']);
  c();
  a();
  a();
  expect(came).toEqual(['a', 'b', 'd']);
  d();
  acquire('e');
  acquire('f');
  expect(came).toEqual(['a', 'b', 'd', 'e']);
});
