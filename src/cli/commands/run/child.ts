import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import type { Readable } from 'node:stream';
import type { CommandEnd } from '../../../sources/exec/exit-event.js';
import { codeOf, messageOf } from '../../../core/errors.js';
import { watchPeakMemory } from './peak-memory.js';
import { closeWriteEnds, type Pipe } from './pipes.js';

/** The exit codes of shells and env for a command that does not exist, and for one that is not executable. */
const NOT_FOUND = 127;
const NOT_EXECUTABLE = 126;

/** A command that runs, has ended or could not be started. */
export interface Child {
  readonly pid: number | undefined;
  /** Undefined when the command could not be started. */
  readonly output: { readonly stdout: Readable; readonly stderr: Readable } | undefined;
  readonly isRunning: boolean;
  readonly ended: Promise<CommandEnd>;
  pass(signal: NodeJS.Signals): void;
}

/** Starts a command with our stdin. @param pipes its stdout and stderr; without them, Node creates its own */
export function startChild(
  [file, ...args]: readonly [string, ...string[]],
  env: NodeJS.ProcessEnv,
  pipes: readonly [Pipe, Pipe] | undefined,
): Child {
  const writeEnds = pipes?.map(({ writeEnd }) => writeEnd) ?? (['pipe', 'pipe'] as const);
  const begun = performance.now();
  let child: ChildProcess;
  try {
    child = spawn(file, args, { env, stdio: ['inherit', ...writeEnds] });
  } catch (error) {
    return notStarted(Promise.resolve(failure(error)));
  } finally {
    closeWriteEnds(pipes ?? []);
  }
  const [stdout, stderr] = pipes?.map(({ output }) => output) ?? [child.stdout, child.stderr];
  const { pid } = child;
  if (pid === undefined || !stdout || !stderr) {
    return notStarted(new Promise(resolve => child.once('error', error => resolve(failure(error)))));
  }
  const memory = watchPeakMemory(pid);
  let isRunning = true;
  const ended = new Promise<CommandEnd>(resolve => {
    child.once('exit', (code, signal) => {
      isRunning = false;
      resolve({
        exitCode: code ?? 128 + constants.signals[signal!],
        signal,
        durationMs: Math.round((performance.now() - begun) * 1000) / 1000,
        peakMemoryBytes: memory.stop(),
      });
    });
  });
  // A signal could not be sent: the process has just ended, or runs as another user now.
  child.on('error', () => undefined);
  return {
    pid,
    output: { stdout, stderr },
    ended,
    get isRunning() {
      return isRunning;
    },
    pass(signal) {
      if (!comesFromTerminal(signal)) child.kill(signal);
    },
  };
}

function notStarted(ended: Promise<CommandEnd>): Child {
  return { pid: undefined, output: undefined, isRunning: false, ended, pass: () => undefined };
}

function failure(error: unknown): CommandEnd {
  const isMissing = codeOf(error) === 'ENOENT';
  return {
    exitCode: isMissing ? NOT_FOUND : NOT_EXECUTABLE,
    signal: null,
    durationMs: 0,
    peakMemoryBytes: undefined,
    error: isMissing ? 'command not found' : codeOf(error) === 'EACCES' ? 'permission denied' : messageOf(error),
  };
}

/** True for Ctrl-C and Ctrl-\ of a terminal, which reach the command by themselves: passed on, they would arrive twice. */
function comesFromTerminal(signal: NodeJS.Signals): boolean {
  return (signal === 'SIGINT' || signal === 'SIGQUIT') && isForeground();
}

/** Compares pgrp and tpgid of proc_pid_stat(5). The name in brackets is followed by state, ppid, pgrp, session, tty_nr, tpgid. */
function isForeground(): boolean {
  try {
    const stat = readFileSync('/proc/self/stat', 'latin1');
    const [, , group, , , foreground] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return group === foreground;
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    return process.stdin.isTTY;
  }
}
