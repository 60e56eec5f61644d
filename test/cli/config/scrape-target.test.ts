import { expect, test } from 'vitest';
import { scrapeTarget, scrapeTargetOf, scrapeTargetShown } from '../../../src/cli/config/scrape-target.js';

test.each([
  ['localhost:9100', 'http://localhost:9100/metrics', 60_000],
  ['localhost:9100=15s', 'http://localhost:9100/metrics', 15_000],
  ['http://box/=1m30s', 'http://box/', 90_000],
  ['https://box', 'https://box/metrics', 60_000],
  ['http://box/federate?match[]=up=5s', 'http://box/federate?match[]=up', 5000],
  ['http://box/x?a=b', 'http://box/x?a=b', 60_000],
  ['[::1]:9100', 'http://[::1]:9100/metrics', 60_000],
])('given %s, then it is scraped at %s', (text, url, intervalMs) => {
  expect(scrapeTarget(text)).toMatchObject({ url, intervalMs });
});

test('given an address without a port, then the instance names the usual one', () => {
  expect(scrapeTarget('https://box').labels).toEqual([
    ['job', 'scrape'],
    ['instance', 'box:443'],
  ]);
});

test('given an object, then it says more: job, labels, timeout, token', () => {
  expect(
    scrapeTargetOf({ url: 'box:1', interval: '5s', timeout: '1m', job: 'node', token: 't', labels: { env: 'dev' } }),
  ).toEqual({
    url: 'http://box:1/metrics',
    token: 't',
    intervalMs: 5000,
    timeoutMs: 5000,
    labels: [
      ['job', 'node'],
      ['instance', 'box:1'],
      ['env', 'dev'],
    ],
  });
});

test.each([
  [() => scrapeTarget('ftp://box'), '"ftp://box" is not the URL of a scrape target'],
  [() => scrapeTarget('http://'), 'is not the URL'],
  [() => scrapeTarget('http://a%zz@box'), 'the user or password of the scrape target box is not percent-encoded'],
  [() => scrapeTarget('box=1ms'), '"1ms" is not an interval'],
  [() => scrapeTargetOf({}), 'a scrape target has no url'],
  [() => scrapeTargetOf({ url: 'box', intervall: '1s' }), 'unknown key "intervall" in a scrape target'],
  [() => scrapeTargetOf({ url: 'box', interval: 5 }), 'the interval of a scrape target is not a string: 5'],
  [() => scrapeTargetOf({ url: 'box', labels: { a: 1 } }), 'are not an object of strings'],
])('given an unfit target, then the error says why', (parse, message) => {
  expect(parse).toThrow(message);
});

test('given credentials, then they are not printed', () => {
  const shown = scrapeTargetShown(scrapeTarget('http://me:secret@box/x?token=secret=15s'));

  expect(shown).toBe('http://***:***@box/x?***=15s');
});
