import { once } from 'node:events';
import { spawn } from 'node:child_process';
import { cpSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cleanEnv, TELEMETRY, telemetry } from '../cli/command.js';
import { commandInProcess } from '../helpers/command-in-process.js';
import { fillDisk, smallDisk } from '../helpers/disk.js';
import { makeDirectory } from '../helpers/store.js';
import { removeDirectory } from '../helpers/remove-directory.js';

const EVENTS = 20_000;

const LINES = Array.from({ length: EVENTS }, (_, n) =>
  JSON.stringify({ type: n % 2 ? 'log' : 'metric', n, r: Math.random() }),
).join('\n');

const home = makeDirectory();
const original = { sealed: join(home, 'sealed'), unsealed: join(home, 'unsealed') };
const input = join(home, 'in.ndjson');

beforeAll(async () => {
  writeFileSync(input, LINES);
  const { unsealed, sealed } = original;
  expect(await commandInProcess(['ingest', input, '--store', unsealed], { cwd: home })).toMatchObject({ code: 0 });
  cpSync(unsealed, sealed, { recursive: true });
  expect(await commandInProcess(['seal', '--store', sealed], { cwd: home })).toMatchObject({ code: 0 });
});
afterAll(() => removeDirectory(home));

/** A store with events on a disk of 24 MiB, and a function that runs a command on it; undefined without leave to mount. */
function storeOnSmallDisk({ isSealed }: { isSealed: boolean }) {
  const disk = smallDisk(24);
  if (disk === undefined) return undefined;
  const store = join(disk, 'store');
  cpSync(isSealed ? original.sealed : original.unsealed, store, { recursive: true });
  const run = (...args: string[]) => commandInProcess([...args, '--store', store], { cwd: disk });
  const runProcess = (...args: string[]) => telemetry([...args, '--store', store], { cwd: disk });
  const count = async (): Promise<number> => {
    const args = ['query', 'select count(*) from events', '--format', 'csv', '--store', store];
    return Number((await commandInProcess(args, { cwd: disk })).out.split('\n')[1]);
  };
  return { disk, store, run, runProcess, count };
}

describe('a store on a full disk, without a server', () => {
  test('is read, and no message speaks of permissions', async context => {
    const found = storeOnSmallDisk({ isSealed: true });
    if (!found) return context.skip('this user may not mount a tmpfs');
    const { disk, run, count } = found;
    fillDisk(disk);

    expect(await count()).toBe(EVENTS);
    for (const args of [
      ['tail', '--no-follow', '-n', '1'],
      ['stats'],
      ['schema'],
      ['verify', '--deep'],
      ['retention'],
    ]) {
      const { code, err } = await run(...args);
      expect({ args, code, err }).toMatchObject({ code: 0, err: expect.not.stringContaining('permission') as string });
    }
  });

  for (const { isSealed, args, left } of [
    { isSealed: true, args: ['prune', '--where', "type = 'log'", '--yes'], left: EVENTS / 2 },
    { isSealed: true, args: ['prune', '--where', 'n < 100', '--yes'], left: EVENTS - 100 },
    { isSealed: false, args: ['prune', '--where', "type = 'log'", '--yes'], left: EVENTS / 2 },
    { isSealed: false, args: ['seal'], left: EVENTS },
    { isSealed: true, args: ['compact'], left: EVENTS },
  ])
    test(`${args.slice(0, 3).join(' ')} makes room, sealed before: ${isSealed}`, async context => {
      const found = storeOnSmallDisk({ isSealed });
      if (!found) return context.skip('this user may not mount a tmpfs');
      const { disk, run, runProcess, count } = found;
      const empty = fillDisk(disk);

      expect(await runProcess(...args)).toMatchObject({ code: 0 });

      expect(await count()).toBe(left);
      empty();
      expect(await run('verify', '--deep')).toMatchObject({ code: 0 });
      expect(await count()).toBe(left);
    });

  test('retention is set and applied', async context => {
    const found = storeOnSmallDisk({ isSealed: true });
    if (!found) return context.skip('this user may not mount a tmpfs');
    const { disk, run, count } = found;
    fillDisk(disk);

    expect(await run('retention', 'set', 'log=1s')).toMatchObject({ code: 0 });
    expect(await run('retention', 'run')).toMatchObject({ code: 0 });

    expect(await count()).toBe(EVENTS / 2);
  });

  test('an import names what it waits for, and ends once there is room', async context => {
    const found = storeOnSmallDisk({ isSealed: false });
    if (!found) return context.skip('this user may not mount a tmpfs');
    const { disk, store, count } = found;
    const empty = fillDisk(disk);

    const child = spawn(process.execPath, [TELEMETRY, 'ingest', input, '--again', '--store', store], {
      env: cleanEnv(disk),
    });
    const ended = once(child, 'close');
    void text(child.stdout);
    let said = '';
    for await (const chunk of child.stderr) {
      said += String(chunk);
      if (said.includes('waiting: ')) break;
    }
    expect(said).toContain('the disk is full');
    empty();

    expect((await ended)[0]).toBe(0);
    expect(await count()).toBe(2 * EVENTS);
  });

  test('the reserve is there again once there is room', async context => {
    const found = storeOnSmallDisk({ isSealed: false });
    if (!found) return context.skip('this user may not mount a tmpfs');
    const { disk, store, run } = found;
    const empty = fillDisk(disk);
    expect(await run('seal')).toMatchObject({ code: 0 });
    empty();
    expect(await run('seal')).toMatchObject({ code: 0 });

    expect(statSync(join(store, 'reserve')).size).toBeGreaterThan(256 * 1024);
  });
});
