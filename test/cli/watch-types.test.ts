import { appendFileSync, copyFileSync, renameSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { payloads, temporaryStore, until } from '../helpers/store.js';
import { watch } from '../helpers/watcher.js';

type Event = Readonly<Record<string, unknown>>;

/** A directory with an empty log, and how to watch it. */
function workplace() {
  const dir = temporaryStore();
  const log = join(dir, 'app.log');
  writeFileSync(log, '');
  const events = (): Event[] => payloads(join(dir, 'store')).map(payload => JSON.parse(payload) as Event);
  return {
    dir,
    log,
    append: (text: string) => appendFileSync(log, text),
    start: async (...args: string[]) => {
      const watcher = watch(dir, ['app.log', ...args]);
      await until(() => watcher.said().includes('watches'), `a beginning: ${watcher.said()}`);
      return watcher;
    },
    stored: async (count: number) => {
      await until(() => events().length >= count, `${count} events`);
      return events();
    },
  };
}

const access = (status: number) =>
  `10.0.0.1 - - [20/Nov/2026:08:00:06 +0000] "GET /a HTTP/1.1" ${status} 153 "-" "curl/8"\n`;

const cri = (tag: string, text: string) => `2026-11-20T08:00:06.123456789Z stdout ${tag} ${text}\n`;

test('reads lines as the given type, and keeps a line of another type as text', async () => {
  const { append, start, stored, log } = workplace();
  const watcher = await start('--type', 'nginx', '--service', 'web', '--set', 'env=prod');
  append(`${access(404)}what is this\n`);
  expect(await stored(2)).toMatchObject([
    { type: 'log', status: 404, method: 'GET', file: log, service_name: 'web', env: 'prod' },
    { type: 'log', msg: 'what is this', file: log, service_name: 'web', env: 'prod' },
  ]);
  await until(() => watcher.said().includes('a line is kept as text: it is not a line of an access log'));
});

test('joins parts of a line across a restart, and stores nothing twice', async () => {
  const { append, start, stored } = workplace();
  const first = await start('--type', 'cri');
  append(cri('F', 'one') + cri('P', 'tw'));
  expect(await stored(1)).toMatchObject([{ msg: 'one' }]);
  expect(await first.end()).toBe(0);
  append(cri('P', 'o, ') + cri('F', 'joined'));
  const second = await start();
  append(cri('F', 'three'));
  expect((await stored(3)).map(({ msg }) => msg)).toEqual(['one', 'two, joined', 'three']);
  expect(await second.end()).toBe(0);
});

test.each([
  ['renamed', (log: string) => renameSync(log, `${log}.1`)],
  [
    'copied and truncated',
    (log: string) => {
      copyFileSync(log, `${log}.1`);
      truncateSync(log);
    },
  ],
])('given parts that no other follows, when the log is %s, then they are an event', async (_, rotate) => {
  const { append, start, stored, log } = workplace();
  const watcher = await start('--type', 'cri');
  append(cri('F', 'one') + cri('P', 'half'));
  await stored(1);
  rotate(log);
  append(cri('F', 'two'));
  expect((await stored(3)).map(({ msg }) => msg)).toEqual(['one', 'half', 'two']);
  expect(await watcher.end()).toBe(0);
});

test('reads new lines as another type after a restart, and keeps the stored ones', async () => {
  const { append, start, stored } = workplace();
  const first = await start('--type', 'logfmt');
  append('a=1\n\n');
  await stored(1);
  expect(await first.end()).toBe(0);
  append('a=2\n');
  const second = await start();
  await stored(2);
  expect(await second.end()).toBe(0);
  append('3\n');
  const third = await start('--pattern', '(?<n>\\d+)');
  expect(await stored(3)).toMatchObject([{ a: 1 }, { a: 2 }, { n: 3, msg: '3' }]);
  expect(await third.end()).toBe(0);
});

test.each([
  [['--type', 'csv'], 'Allowed choices are text, logfmt'],
  [['--type', 'regex'], '--type regex needs --pattern'],
  [['--pattern', '('], '--pattern: '],
])('given %j, then it is refused', async (args, message) => {
  const { dir } = workplace();
  const watcher = watch(dir, ['app.log', ...args]);
  expect(await watcher.ended).toBe(2);
  expect(watcher.said()).toContain(message);
});
