import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, mkdtempSync, openSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { codeOf } from '../../../core/errors.js';

/** The way out of a program: what it is given to write to, and where that is read. */
export interface Pipe {
  readonly writeEnd: number;
  readonly output: Readable;
}

/**
 * Two pipes. Those that Node makes for a child are sockets, which programs take amiss: `/dev/stderr` cannot be opened,
 * and a reader that has gone is a reset connection, not SIGPIPE. So they are FIFOs, which have no name once they are open.
 * @returns undefined where that cannot be done.
 */
export async function openPipes(): Promise<readonly [Pipe, Pipe] | undefined> {
  let dir: string | undefined;
  try {
    // The command waits for this: what takes microseconds is not worth a trip to another thread.
    dir = mkdtempSync(join(tmpdir(), 'telemetry-run-'));
    const names = [join(dir, 'stdout'), join(dir, 'stderr')] as const;
    const [code] = (await once(spawn('mkfifo', ['-m', '600', ...names], { stdio: 'ignore' }), 'exit')) as [
      number | null,
    ];
    return code === 0 ? [openFifo(names[0]), openFifo(names[1])] : undefined;
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    return undefined;
  } finally {
    if (dir !== undefined) rmSync(dir, { recursive: true, force: true });
  }
}

function openFifo(name: string): Pipe {
  // Without O_NONBLOCK each end would wait for the other.
  const readEnd = openSync(name, constants.O_RDONLY | constants.O_NONBLOCK);
  const writeEnd = openSync(name, constants.O_WRONLY);
  return { writeEnd, output: new Socket({ fd: readEnd, readable: true, writable: false }) };
}

/** Leaves the write end to the program alone: the output ends with the last that has it. */
export function leaveTo(pipes: readonly Pipe[]): void {
  for (const { writeEnd } of pipes) closeSync(writeEnd);
}
