import { readdirSync, readFileSync } from 'node:fs';
import { codeOf } from '../../../core/errors.js';

/** Sampling interval. VmHWM is a high-water mark, so that sampling misses only growth after the last sample. */
const EVERY_MS = 50;

/** Delay of the first sample; it doubles up to {@link EVERY_MS}. Most commands allocate their memory early. */
const FIRST_MS = 2;

/** Each pause is at least this many times the duration of a sample, up to a limit, to bound the cost of large trees. */
const MIN_PAUSE_RATIO = 20;
const MAX_PAUSE_MS = 250;

/** A monitor of the memory of a process and its descendants. */
export interface PeakMemory {
  /** Stops and returns the largest resident set of any one of them, in bytes; undefined when unknown. */
  stop(): number | undefined;
}

/** Samples VmHWM from /proc (proc_pid_status(5)), since Node does not report `ru_maxrss` of a child. */
export function watchPeakMemory(pid: number): PeakMemory {
  let peak = 0;
  let wait = FIRST_MS;
  let timer = setTimeout(sample, wait);

  function sample(): void {
    const begun = performance.now();
    for (const id of tree(pid)) peak = Math.max(peak, highWater(id));
    wait = Math.min(EVERY_MS, 2 * wait);
    timer = setTimeout(sample, Math.max(wait, Math.min(MAX_PAUSE_MS, MIN_PAUSE_RATIO * (performance.now() - begun))));
  }

  return {
    stop() {
      clearTimeout(timer);
      return peak > 0 ? peak : undefined;
    },
  };
}

/** The pids of a process and its descendants. */
function tree(root: number): number[] {
  const found = [root];
  for (const pid of found) {
    for (const task of entries(`/proc/${pid}/task`)) {
      const children = read(`/proc/${pid}/task/${task}/children`).split(' ');
      found.push(...children.filter(child => child.trim() !== '').map(Number));
    }
  }
  return found;
}

function highWater(pid: number): number {
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) * 1024;
}

function entries(dir: string): string[] {
  return ifThere(() => readdirSync(dir)) ?? [];
}

function read(file: string): string {
  return ifThere(() => readFileSync(file, 'latin1')) ?? '';
}

/** Returns undefined for a process that has ended or belongs to another user, and on a system without /proc. */
function ifThere<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (codeOf(error) !== undefined) return undefined;
    throw error;
  }
}
