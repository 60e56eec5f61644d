import { spawnSync } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { cleanEnv, TELEMETRY } from '../cli/command.js';
import { PseudoTerminal } from '../helpers/pseudo-terminal.js';
import { until } from '../helpers/store.js';
import { createFixture } from '../query/fixture.js';

const hasPython = spawnSync('python3', ['--version']).status === 0;

/** Runs for hours, and looks for interrupts. */
const ENDLESS = 'select count(*) from range(10000000000) a, range(1000000) b where a.range % 7 = b.range % 11;';

function place() {
  const fixture = createFixture(
    { level: 'info', msg: 'hello', service: 'shop', 'http.route': '/cart' },
    { level: 'error', msg: 'boom', service: 'web' },
  );
  const { dir } = fixture;
  const open = async (env: Record<string, string> = {}, args: readonly string[] = ['shell']) => {
    const terminal = new PseudoTerminal([process.execPath, TELEMETRY, ...args, '--store', dir], {
      cwd: dir,
      env: cleanEnv(dir, { TERM: 'xterm', PAGER: '', ...env }),
    });
    onTestFinished(() => terminal.kill());
    await terminal.waitFor('telemetry> ');
    return terminal;
  };
  return { dir, add: (event: object) => fixture.add(event), open };
}

describe.skipIf(!hasPython)('telemetry shell on a terminal', () => {
  test('takes several lines, completes names and values, and shows errors with a caret', async () => {
    const { open } = place();
    const terminal = await open();

    terminal.type('select service, count(*) as n\r');
    await terminal.waitFor('telemetry-> ');
    terminal.type("from events where service <> '\r");
    await terminal.waitFor("telemetry'> ");
    terminal.type("' group by all order by all;\r");
    expect(await terminal.waitFor('telemetry> ')).toContain('│ shop    │ 1 │');

    terminal.type('select sev\t');
    await terminal.waitFor('severity');
    terminal.type(' from eve\t');
    await terminal.waitFor('events');
    terminal.type(` where "http.\t`);
    await terminal.waitFor('"http.route"');
    terminal.type(` = '/c\t`);
    await terminal.waitFor(`'/cart'`);
    terminal.type(';\r');
    expect(await terminal.waitFor('(1 row)')).toContain('│ INFO');

    terminal.type('select nothing_like_it from events;\r');
    await terminal.waitFor('telemetry: ');
    expect(await terminal.waitFor('telemetry> ')).toMatch(/LINE 1: select nothing_like_it from events\n +\^\n/);
  });

  test('cancels a query, a line or nothing with Ctrl-C, and quits with Ctrl-D', async () => {
    const { open } = place();
    const terminal = await open();

    terminal.type(`${ENDLESS}\r`);
    await terminal.waitFor('b.range % 11;\n');
    // One that comes before the shell has given the terminal to the statement is a key, and waits for the next prompt.
    const pressing = setInterval(() => terminal.type('\x03'), 500);
    await terminal.waitFor('telemetry: the query was interrupted').finally(() => clearInterval(pressing));
    await terminal.waitFor('telemetry> ');
    terminal.type('select 40 +\r');
    await terminal.waitFor('telemetry-> ');
    terminal.type('999 \x03');
    await terminal.waitFor('telemetry> ');
    terminal.type('\x03');
    await terminal.waitFor('telemetry> ');
    terminal.type('select 40 + 2 as n;\r');
    expect(await terminal.waitFor('(1 row)')).toContain('│ 42 │');
    await terminal.waitFor('telemetry> ');
    terminal.type('\x04');

    expect(await terminal.exitCode()).toBe(0);
  });

  test('sees events that come in between two statements', async () => {
    const { add, open } = place();
    const terminal = await open();

    terminal.type('select count(*) as n from events;\r');
    expect(await terminal.waitFor('(1 row)')).toContain('│ 2 │');
    add({ msg: 'another', 'new.key': 7 });
    terminal.type('select count(*) as n, max("new.key") as k from events;\r');
    expect(await terminal.waitFor('(1 row)')).toContain('│ 3 │ 7 │');
  });

  test('recalls the statements of an earlier shell, whole', async () => {
    const { dir, open } = place();
    const first = await open();
    first.type('select 1 as one\r');
    await first.waitFor('telemetry-> ');
    first.type(', 2 as two;\r');
    await first.waitFor('(1 row)');
    await first.waitFor('telemetry> ');
    first.type('\\q\r');
    expect(await first.exitCode()).toBe(0);
    expect(statSync(join(dir, 'shell_history')).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(dir, 'shell_history'), 'utf8')).toContain('"select 1 as one\\n, 2 as two;"\n');

    const second = await open();
    second.type('\x1b[A\x1b[A\r');

    expect(await second.waitFor('(1 row)')).toContain('│   1 │   2 │');
  });

  test('shows a long result in the pager, a short one without, and none when it is off', async () => {
    const { open } = place();
    const terminal = await open({ PAGER: `sed 's/^/page:/'` });

    terminal.type('select 1 as one;\r');
    expect(await terminal.waitFor('(1 row)')).not.toContain('page:');
    terminal.type('from range(50) as numbers(n);\r');
    expect(await terminal.waitFor('(50 rows)')).toContain('page:│ 49 │');
    await terminal.waitFor('telemetry> ');
    terminal.type('\\pset pager head -3\r');
    await terminal.waitFor('pager is head -3.');
    terminal.type('from range(50000000) as numbers(n);\r');
    await terminal.waitFor('telemetry> ');
    expect(await terminal.waitFor('telemetry> ')).not.toContain('interrupted');
    terminal.type('\\pset pager off\r');
    await terminal.waitFor('pager is off.');
    terminal.type('from range(50) as numbers(n);\r');
    expect(await terminal.waitFor('(50 rows)')).not.toContain('page:');
  });

  test('edits the last statement in an editor, and watches one until Ctrl-C', async () => {
    const { dir, open } = place();
    writeFileSync(join(dir, 'editor.sh'), `sed -i 's/1/12/' "$1"\n`);
    const terminal = await open({ EDITOR: `sh ${join(dir, 'editor.sh')}` });

    terminal.type('select 1 as n;\r');
    await terminal.waitFor('│ 1 │');
    terminal.type('\\e\r');
    await terminal.waitFor('│ 12 │');
    await terminal.waitFor('telemetry> ');
    terminal.type('select 7 as seven \\watch 0.2\r');
    for (let round = 0; round < 3; round++) await terminal.waitFor('│     7 │');
    terminal.type('\x03');
    await terminal.waitFor('telemetry> ');
    terminal.type('\\q\r');

    expect(await terminal.exitCode()).toBe(0);
  });

  test('opens for a query without SQL, with its options', async () => {
    const { open } = place();
    const terminal = await open({}, ['query', '-p', 'service=web', '--format', 'csv']);

    terminal.type('select msg from events where service = $service;\r');

    await terminal.waitFor('msg\nboom\n');
  });

  test('ends with a signal, while a query runs as well', async () => {
    const { open } = place();
    const terminal = await open();
    const pid = await pidOf(terminal);
    terminal.type(`${ENDLESS}\r`);
    await terminal.waitFor('b.range % 11;\n');

    process.kill(pid, 'SIGTERM');

    expect(await terminal.exitCode()).toBe(143);
  });

  test.each(['while a query runs', 'at its prompt'])('ends with its terminal %s', async when => {
    const { open } = place();
    const terminal = await open();
    const pid = await pidOf(terminal);
    if (when === 'while a query runs') {
      terminal.type(`${ENDLESS}\r`);
      await terminal.waitFor('b.range % 11;\n');
    }

    terminal.kill();

    await until(() => !isRunning(pid), 'the end of the shell');
  });

  test('runs what was typed before Ctrl-D', async () => {
    const { open } = place();
    const terminal = await open();

    terminal.type('select 40 + 1 as n;\rselect 40 + 2 as n;\r\x04');

    await terminal.waitFor('│ 41 │');
    await terminal.waitFor('│ 42 │');
    expect(await terminal.exitCode()).toBe(0);
  });
});

/** The process id of a shell. */
async function pidOf(terminal: PseudoTerminal): Promise<number> {
  terminal.type('\\! ps -o ppid= -p $$\r');
  return Number(/(\d+)\s*$/.exec((await terminal.waitFor('telemetry> ')).replace('telemetry> ', ''))![1]);
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
