import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, mkdtempSync, openSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { codeOf } from '../../../core/errors.js';

/** A pipe for the output of a program: the descriptor that it writes to, and the stream to read from. */
export interface Pipe {
  readonly writeEnd: number;
  readonly output: Readable;
}

/**
 * Opens two pipes. Node creates sockets for a child, which some programs cannot handle: `/dev/stderr` cannot be opened,
 * and a closed reader causes a connection reset instead of SIGPIPE. These are FIFOs, unlinked once they are open.
 * @returns undefined where FIFOs cannot be created.
 */
export async function openPipes(): Promise<readonly [Pipe, Pipe] | undefined> {
  let dir: string | undefined;
  try {
    // Synchronous, since the command waits for it and it takes microseconds.
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

/** Closes our copies of the write ends, so that the output ends once the last process of the program closes its own. */
export function closeWriteEnds(pipes: readonly Pipe[]): void {
  for (const { writeEnd } of pipes) closeSync(writeEnd);
}
