import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cleanEnv, telemetry, TELEMETRY, temporaryDirectory } from '../cli/command.js';
import { until } from '../helpers/store.js';
import { removeDirectory } from '../helpers/remove-directory.js';

const ENTER = '\x1b[?1049h';
const LEAVE = '\x1b[?1049l';

let dir = '';
beforeAll(async () => {
  dir = temporaryDirectory();
  const event = '{"type":"trace","service":"api","name":"GET /","duration_ms":12}\n';
  const { code } = await telemetry(['ingest', '-', '--store', dir], { cwd: dir, input: event.repeat(3) });
  expect(code).toBe(0);
});
afterAll(() => removeDirectory(dir));

/** A command on a pseudo-terminal of 60 columns and 20 lines, and all that it printed. */
function onTerminal(command: string, term = 'xterm'): { child: ChildProcess; text: () => string } {
  const child = spawn(
    'script',
    [
      '-qec',
      `stty cols 60 rows 20; exec "${process.execPath}" "${TELEMETRY}" ${command} --store "${dir}"`,
      '/dev/null',
    ],
    {
      cwd: dir,
      env: { ...cleanEnv(dir), TERM: term, NO_COLOR: '1', LANG: 'C.UTF-8' },
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  );
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return { child, text: () => text };
}

/** Types Ctrl-C, and returns the exit code. */
async function interrupt(child: ChildProcess): Promise<unknown> {
  child.stdin!.write('\x03');
  const [code] = (await once(child, 'exit')) as [number | null];
  return code;
}

const count = (text: string, part: string): number => text.split(part).length - 1;

describe('watching on a terminal', () => {
  test.each([
    ['query --watch 200ms "select count(*) as n from events"', '│ 3 │'],
    ['query --chart --watch 200ms "select service, count(*) as n from events group by 1"', 'n by service'],
    ['chart --watch 200ms "select service, count(*) as n from events group by 1"', 'n by service'],
    ['top --watch 200ms', 'GET /'],
  ])('%s redraws in place and restores the terminal on Ctrl-C', async (command, shown) => {
    const { child, text } = onTerminal(command);
    await until(() => count(text(), '\x1b[H') >= 3, 'three frames');

    expect(await interrupt(child)).toBe(130);

    expect(count(text(), ENTER)).toBe(1);
    expect(count(text(), LEAVE)).toBe(1);
    expect(count(text(), '\x1b[?25l')).toBe(count(text(), '\x1b[?25h'));
    const after = text().slice(text().indexOf(LEAVE));
    expect(after).toContain(shown);
    expect(after).toContain('stopped');
  });

  test('a frame shows the events that came since, and fits the window', async () => {
    const { child, text } = onTerminal('query --watch 200ms "select count(*) as n from events"');
    await until(() => text().includes('│ 3 │'), 'the first frame');
    await telemetry(['ingest', '-', '--store', dir], { cwd: dir, input: '{"a":1}\n' });
    await until(() => text().includes('│ 4 │'), 'the frame with the new event');
    await interrupt(child);

    for (const frame of text().split('\x1b[H').slice(1))
      expect(frame.split(LEAVE)[0]!.split('\n').length).toBeLessThanOrEqual(20);
  });

  test('a terminal that cannot redraw gets one frame after another', async () => {
    const { child, text } = onTerminal('chart --watch 200ms "select 1 as a"', 'dumb');
    await until(() => count(text(), 'a │') >= 2, 'two frames');
    await interrupt(child);

    expect(text()).not.toContain('\x1b');
  });
});
