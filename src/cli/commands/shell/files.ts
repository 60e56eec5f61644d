import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXIT, messageOf, TelemetryError } from '../../../core/errors.js';
import { unwritableFile } from '../../../core/file-error.js';
import { ShellInput } from '../../../shell/input.js';
import { readSqlFile } from '../../shared/sql-source.js';
import { pathOf } from './path.js';
import type { Shell } from './shell.js';

/** The most files that include one another: more are a circle. */
const MAX_DEPTH = 16;

/** Runs the statements of a file. Returns the exit code of the first that failed. */
export async function runScript(shell: Shell, path: string): Promise<number> {
  return runText(shell, await readSqlFile(pathOf(path)), path);
}

/**
 * Runs statements and commands, line by line. After an error the next statement runs, unless ON_ERROR_STOP is on.
 * @param name of the text, for errors.
 * @returns the exit code of the first that failed.
 */
export async function runText(shell: Shell, text: string, name: string): Promise<number> {
  const outer = shell.input;
  if (shell.depth >= MAX_DEPTH) {
    throw new TelemetryError('usage', `${name}: files include one another more than ${MAX_DEPTH} deep`);
  }
  shell.depth++;
  shell.input = new ShellInput();
  let first: number = EXIT.ok;
  try {
    const { settings } = shell;
    const isDone = (): boolean => shell.isOver || shell.isStopped || (first !== EXIT.ok && settings.stopsOnError);
    for (const line of text.replace(/^\ufeff/, '').split(/\r?\n/)) {
      for (const input of shell.input.add(line)) {
        const code = await shell.run([input]);
        if (code !== EXIT.ok) await shell.note(`at ${name}:${input.line}`);
        first ||= code;
        if (isDone()) return first;
      }
    }
    if (!shell.input.isPending) return first;
    const code = await shell.run([{ kind: 'statement', sql: shell.input.take(), line: 0 }]);
    if (code !== EXIT.ok) await shell.note(`at the end of ${name}`);
    return first || code;
  } finally {
    shell.input = outer;
    shell.depth--;
  }
}

/** Lets a person edit the unfinished statement, the last one, or a file; then takes the text as if it was typed. */
export async function edit(shell: Shell, path: string | undefined): Promise<number> {
  const folder = path === undefined ? mkdtempSync(join(tmpdir(), 'telemetry-edit-')) : undefined;
  const file = folder === undefined ? pathOf(path!) : join(folder, 'query.sql');
  try {
    const before = shell.input.text.trim() || (shell.last === '' ? '' : `${shell.last};`);
    if (folder !== undefined) writeFileSync(file, before === '' ? '' : `${before}\n`, { mode: 0o600 });
    const { VISUAL, EDITOR } = shell.context.env;
    const code = await runInherited(`${VISUAL ?? EDITOR ?? 'vi'} "$1"`, file);
    if (code !== 0) throw new TelemetryError('failure', `the editor ended with the code ${code}: nothing was changed`);
    const text = readFileSync(file, 'utf8').trimEnd();
    shell.input.clear();
    let first: number = EXIT.ok;
    if (text !== '') await shell.context.streams.out.write(`${text}\n`);
    for (const line of text === '' ? [] : text.split(/\r?\n/)) first ||= await shell.run(shell.input.add(line));
    return first;
  } catch (error) {
    if (error instanceof TelemetryError) throw error;
    throw new TelemetryError('failure', `cannot edit ${file}: ${messageOf(error)}`, { cause: error });
  } finally {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs a command of the system on the terminal; without one, a shell. */
export async function shellOut(shell: Shell, command: string): Promise<number> {
  const code = await runInherited(command === '' ? `exec "\${SHELL:-sh}"` : command);
  if (code !== 0 && command !== '') await shell.note(`the command ended with the code ${code}`);
  return code === 0 || command === '' ? EXIT.ok : EXIT.failure;
}

/** Writes a statement to a file. */
export function writeBuffer(path: string, sql: string): void {
  try {
    writeFileSync(pathOf(path), `${sql};\n`);
  } catch (cause) {
    throw unwritableFile(path, cause);
  }
}

/** Changes the working directory; without one to the home directory. */
export function changeDirectory(path = homedir()): void {
  try {
    process.chdir(pathOf(path));
  } catch (cause) {
    throw new TelemetryError('failure', `cannot change to ${path}: ${messageOf(cause)}`, { cause });
  }
}

async function runInherited(command: string, ...args: readonly string[]): Promise<number> {
  const child = spawn('sh', ['-c', command, 'sh', ...args], { stdio: 'inherit' });
  const [code] = (await once(child, 'close')) as [number | null];
  return code ?? EXIT.failure;
}
