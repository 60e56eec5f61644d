import { randomUUID } from 'node:crypto';
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { serve } from '../helpers/server.js';
import { payloads, temporaryStore, until } from '../helpers/store.js';
import { messages, watch, watchInProcess, type Watcher } from '../helpers/watcher.js';

function workplace() {
  const dir = temporaryStore();
  const path = (name: string) => join(dir, name);
  return {
    dir,
    path,
    append: (name: string, text: string) => appendFileSync(path(name), text),
    rename: (from: string, to: string) => renameSync(path(from), path(to)),
    copyTruncate: (name: string, copy: string) => {
      copyFileSync(path(name), path(copy));
      truncateSync(path(name));
    },
    start: (...args: string[]) => begun(watchInProcess(dir, args)),
    startProcess: (...args: string[]) => begun(watch(dir, args)),
    stored: (...expected: string[]) =>
      until(() => messages(dir).length >= expected.length, `${expected.join()}; there is ${messages(dir).join()}`).then(
        () => expect(messages(dir)).toEqual(expected),
      ),
  };
}

async function begun(watcher: Watcher): Promise<Watcher> {
  await until(() => /watches|waits/.test(watcher.said()), `a beginning: ${watcher.said()}`);
  return watcher;
}

const said = (watcher: Watcher, text: string) =>
  until(() => watcher.said().includes(text), `"${text}" in ${watcher.said()}`);

describe('telemetry watch', () => {
  test('stores each line since the first sight once, across a restart', async () => {
    const { append, startProcess, stored, dir, path } = workplace();
    append('app.log', 'before\n');
    const first = await startProcess('app.log');
    append('app.log', 'a\n{"b":1}\r\nhal');
    await until(() => payloads(join(dir, 'store')).length === 2);
    expect(await first.end('SIGINT')).toBe(0);
    append('app.log', 'f\nc\n');
    const second = await startProcess('app.log');
    await until(() => payloads(join(dir, 'store')).length === 4);
    expect(await second.end()).toBe(0);

    expect(payloads(join(dir, 'store'))[1]).toBe(JSON.stringify({ b: 1, file: path('app.log') }));
    await stored('a', undefined as unknown as string, 'half', 'c');
    expect(first.printed() + second.printed()).toBe('');
  });

  test('reads the old file to its end and the new one from its start after a rename', async () => {
    const { append, rename, start, stored } = workplace();
    append('app.log', '');
    const watcher = await start('app.log');
    append('app.log', 'a\n');
    await stored('a');
    rename('app.log', 'app.log.1');
    append('app.log', 'c\n');
    append('app.log.1', 'b\nno newline');
    await stored('a', 'b', 'no newline', 'c');
    await said(watcher, 'was rotated');
  });

  test('follows the renamed file until the empty new one is written to', async () => {
    const { append, rename, start, startProcess, stored } = workplace();
    append('app.log', '');
    const first = await startProcess('app.log');
    append('app.log', 'a\n');
    await stored('a');
    rename('app.log', 'app.log.1');
    append('app.log', '');
    await sleep(800);
    append('app.log.1', 'b\n');
    await stored('a', 'b');
    await first.end('SIGKILL');
    await start('app.log');
    append('app.log.1', 'c\n');
    await stored('a', 'b', 'c');
    append('app.log', 'd\n');
    await stored('a', 'b', 'c', 'd');
  });

  test('reads a new file with the same first bytes, but not a rewritten one', async () => {
    const { append, path, rename, start, stored } = workplace();
    append('app.log', '');
    const first = await start('app.log');
    append('app.log', 'hello\n');
    await stored('hello');
    rename('app.log', 'app.log.1');
    append('app.log', 'hello\n');
    await stored('hello', 'hello');
    await first.end();
    rename('app.log.1', 'app.log.2');
    rename('app.log', 'app.log.1');
    append('app.log', 'hello\n');
    const second = await start('app.log');
    await stored('hello', 'hello', 'hello');
    writeFileSync(path('edited'), 'hello\nadded\n');
    rename('edited', 'app.log');
    await stored('hello', 'hello', 'hello', 'added');
    await second.end();
  });

  test('does not reread an older file that begins like a truncated log', async () => {
    const { append, path, rename, start, stored } = workplace();
    append('app.log', '');
    const watcher = await start('app.log');
    append('app.log', 'head\na\n');
    await stored('head', 'a');
    rename('app.log', 'app.log.1');
    append('app.log', 'head\n');
    await stored('head', 'a', 'head');
    truncateSync(path('app.log'));
    await said(watcher, 'was truncated');
    append('app.log', 'b\n');
    await stored('head', 'a', 'head', 'b');
  });

  test('reads all rotated files while the new log is still empty', async () => {
    const { append, rename, start, startProcess, stored } = workplace();
    append('app.log', '');
    const first = await startProcess('app.log');
    append('app.log', 'a\n');
    await stored('a');
    expect(await first.end('SIGKILL')).toBeNull();
    append('app.log', 'b\n');
    rename('app.log', 'app.log.2');
    append('app.log', 'c\n');
    rename('app.log', 'app.log.1');
    append('app.log', '');

    const second = await start('app.log');

    await stored('a', 'b', 'c');
    append('app.log.1', 'd\n');
    await stored('a', 'b', 'c', 'd');
    append('app.log', 'e\n');
    await stored('a', 'b', 'c', 'd', 'e');
    expect(await second.end()).toBe(0);
  });

  test('reads rotated files in order, past a damaged and an incomplete one', async () => {
    const { append, path, rename, start, stored } = workplace();
    append('app.log', '');
    await (await start('app.log')).end();
    const lines = Array.from({ length: 2000 }, (_, n) => `${n} ${randomUUID()}`);
    append('app.log', 'a\n');
    rename('app.log', 'app.log.4');
    writeFileSync(path('app.log.3.gz'), gzipSync(`b\n${lines.join('\n')}`).subarray(0, 40));
    append('app.log.2', 'c\n');
    writeFileSync(path('app.log.2.gz'), gzipSync('c\n').subarray(0, 15));
    append('app.log.1', 'd\n');
    append('app.log', 'e\n');
    const watcher = await start('app.log');
    await stored('a', 'c', 'd', 'e');
    expect(watcher.said()).toContain('cannot decompress');
    expect(watcher.said()).toContain('may be missing');
    expect(await watcher.end()).toBe(0);
  });

  test('given copytruncate, also to a longer text, then the log is read from its start', async () => {
    const { append, copyTruncate, path, start, stored } = workplace();
    append('app.log', '');
    const watcher = await start('app.log');
    append('app.log', 'a\n');
    await stored('a');
    copyTruncate('app.log', 'app.log.1');
    append('app.log', 'b\n');
    await stored('a', 'b');
    writeFileSync(path('app.log'), 'other, and longer\n');
    await stored('a', 'b', 'other, and longer');
    await said(watcher, 'was truncated');
  });

  test('loses and repeats nothing when rotated by rename, copy and compression', async () => {
    const { append, rename, copyTruncate, path, start, stored } = workplace();
    append('app.log', '');
    await (await start('app.log')).end();
    append('app.log', 'a\n');
    rename('app.log', 'app.log.2');
    append('app.log', 'b\n');
    rename('app.log', 'app.log.1');
    append('app.log', 'c\n');
    const second = await start('app.log');
    await stored('a', 'b', 'c');
    await second.end();
    append('app.log', 'd\n');
    copyTruncate('app.log', 'app.log.0');
    append('app.log', 'e\n');
    const third = await start('app.log');
    await stored('a', 'b', 'c', 'd', 'e');
    await third.end();
    append('app.log', 'f\n');
    rename('app.log', 'app.log.old');
    writeFileSync(path('app.log.old.gz'), gzipSync('e\nf\n'));
    rmSync(path('app.log.old'));
    append('app.log', 'g\n');
    const fourth = await start('app.log');
    await stored('a', 'b', 'c', 'd', 'e', 'f', 'g');
    await fourth.end();
    rmSync(path('app.log'));
    append('app.log', 'h\n');
    const fifth = await start('app.log');
    await stored('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h');
    await said(fifth, 'lines may be missing');
  });

  test('reads files of a pattern that appear later from their start, once', async () => {
    const { append, rename, path, start, stored } = workplace();
    mkdirSync(path('logs'));
    append('logs/a.log', 'old\n');
    const args = ['logs/*', 'later.log'];
    const first = await start(...args);
    await said(first, 'watches what matches');
    append('later.log', '1\n');
    await stored('1');
    append('logs/b.log', '2\n');
    await stored('1', '2');
    append('logs/b.log', '3\n');
    await stored('1', '2', '3');
    rename('logs/b.log', 'logs/b.log.1');
    append('logs/b.log', '4\n');
    await stored('1', '2', '3', '4');
    rename('logs/b.log', 'logs/b-yesterday.log');
    append('logs/b.log', '5\n');
    await stored('1', '2', '3', '4', '5');
    await first.end();
    append('logs/c.log', '6\n');
    const second = await start(...args);
    await stored('1', '2', '3', '4', '5', '6');
    append('logs/a.log', '7\n');
    await stored('1', '2', '3', '4', '5', '6', '7');
    expect(await second.end()).toBe(0);
  });

  test('reads the copy of an unread log that was truncated while not watched', async () => {
    const { append, copyTruncate, start, stored } = workplace();
    append('app.log.1', 'before\n');
    append('app.log', '');
    await (await start('app.log', 'absent.log')).end();
    append('app.log', 'a\n');
    copyTruncate('app.log', 'app.log.2');
    append('app.log', 'b\n');
    append('absent.log.1', 'c\n');
    append('absent.log', 'd\n');
    await start('app.log');
    await stored('a', 'b');
    await start('absent.log');
    await stored('a', 'b', 'c', 'd');
  });

  test('reads the new target of a link from its start, after the rest of the old', async () => {
    const { append, path, rename, start, stored } = workplace();
    mkdirSync(path('pods'));
    append('pods/0.log', '');
    symlinkSync('pods/0.log', path('app.log'));
    const first = await start('app.log');
    append('pods/0.log', 'a\n');
    await stored('a');
    await first.end();
    append('pods/0.log', 'b\n');
    rename('pods/0.log', 'pods/0.log.20261124');
    append('pods/0.log', 'c\n');
    await start('app.log');
    await stored('a', 'b', 'c');
    append('pods/1.log', 'd\n');
    symlinkSync('pods/1.log', path('app.link'));
    rename('app.link', 'app.log');
    await stored('a', 'b', 'c', 'd');
  });

  test('reads each file of a pattern once, with brackets in the path and a link', async () => {
    const { append, dir, path, stored } = workplace();
    const cwd = path('a (1) [b]');
    mkdirSync(cwd);
    symlinkSync('a.log', join(cwd, 'current.log'));
    append('a (1) [b]/a.log', '');
    const watcher = watchInProcess(cwd, ['--store', join(dir, 'store'), '*.log', 'later.txt']);
    await said(watcher, 'watches what matches');
    append('a (1) [b]/a.log', '1\n');
    await stored('1');
    append('a (1) [b]/later.txt', '2\n');
    await stored('1', '2');
    append('a (1) [b]/b.log', '3\n');
    await stored('1', '2', '3');
  });

  test('given --from-start, then a file is read from its start at first sight', async () => {
    const { append, start, stored } = workplace();
    append('app.log', 'a\n');
    await start('--from-start', 'app.log');
    await stored('a');
  });

  test('given a second watch of the same file, then it is refused', async () => {
    const { append, dir, startProcess } = workplace();
    append('app.log', '');
    const server = await serve({ store: join(dir, 'store') });
    await startProcess('app.log');
    const second = watch(dir, ['app.log']);
    expect(await second.ended).toBe(1);
    expect(second.said()).toContain('app.log is watched by another telemetry watch');
    const third = watch(dir, ['--url', server.url, 'app.log']);
    expect(await third.ended).toBe(1);
    await server.end();
  });

  test('given what cannot be watched, then it says so', async () => {
    const { dir, path } = workplace();
    writeFileSync(path('a.gz'), gzipSync('a'));
    const compressed = watchInProcess(dir, ['a.gz']);
    expect(await compressed.ended).toBe(2);
    expect(compressed.said()).toContain('telemetry ingest');
    mkdirSync(path('logs'));
    const directory = watchInProcess(dir, ['logs']);
    expect(await directory.ended).toBe(2);
    expect(directory.said()).toContain('not a regular file');
  });

  /** A watch of app.log whose server is gone, with a line that it could not send. */
  async function watchWithoutServer() {
    const place = workplace();
    const { append, dir, start, stored } = place;
    const server = await serve({ store: join(dir, 'store') });
    append('app.log', '');
    const watcher = await start('app.log');
    append('app.log', 'a\n');
    await stored('a');
    await server.end();
    append('app.log', 'b\n');
    await said(watcher, 'waiting for it');
    return { ...place, watcher };
  }

  test('reports the missing server when it ends; the next watch stores the rest', async () => {
    const { start, stored, watcher } = await watchWithoutServer();
    expect(await watcher.end()).toBe(0);
    expect(watcher.said()).toContain('the next start reads the remaining lines');
    const next = await start('app.log');
    await stored('a', 'b');
    expect(await next.end()).toBe(0);
  });

  test('given the server is back, then the watch goes on', async () => {
    const { dir, stored, watcher } = await watchWithoutServer();
    const again = await serve({ store: join(dir, 'store') });
    await stored('a', 'b');
    expect(await watcher.end()).toBe(0);
    await again.end();
  });
});
