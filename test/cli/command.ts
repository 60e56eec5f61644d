import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

/** The command as it is installed: needs `npm run build`, which `npm test` does first. */
export const TELEMETRY = fileURLToPath(new URL('../../bin/telemetry.js', import.meta.url));

/** What a finished command left. */
export interface Finished {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** A directory of the test's own; remove it when the test ends. */
export function temporaryDirectory(): string {
  return mkdtempSync(join(tmpdir(), 'telemetry-cli-'));
}

/** An environment without the settings of whoever runs the tests; `home` is where the user's files would be. */
export function cleanEnv(home: string, more: Readonly<Record<string, string>> = {}): Record<string, string> {
  return { PATH: process.env.PATH ?? '', HOME: home, XDG_DATA_HOME: join(home, 'data'), ...more };
}

/** Runs a telemetry command to its end, in `cwd`, which is its home as well. */
export async function telemetry(
  args: readonly string[],
  options: { cwd: string; env?: Readonly<Record<string, string>>; input?: string },
): Promise<Finished> {
  const child = spawn(process.execPath, [TELEMETRY, ...args], {
    cwd: options.cwd,
    env: cleanEnv(options.cwd, options.env),
  });
  child.stdin.end(options.input ?? '');
  const [out, err, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number | null]>,
  ]);
  return { code, out, err };
}
