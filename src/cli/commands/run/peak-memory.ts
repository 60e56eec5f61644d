import { readdirSync, readFileSync } from 'node:fs';
import { codeOf } from '../../../core/errors.js';

/** VmHWM is a high-water mark itself: only what a process grows by after its last sample is missed. */
const EVERY_MS = 50;

/** Most commands take what they need at once: the first samples come sooner, each after twice the time. */
const FIRST_MS = 2;

/** Many processes take long to look at: then the pauses are so many times longer, up to a limit. */
const PAUSES = 20;
const LONGEST_MS = 250;

/** Watches the memory of a process and its descendants. */
export interface PeakMemory {
  /** The largest resident set that any one of them had, in bytes; undefined where that cannot be told. */
  stop(): number | undefined;
}

/** Node tells of no child's `ru_maxrss`, so the same is read from /proc (proc_pid_status(5), VmHWM), again and again. */
export function watchPeakMemory(pid: number): PeakMemory {
  let peak = 0;
  let wait = FIRST_MS;
  let timer = setTimeout(sample, wait);

  function sample(): void {
    const begun = performance.now();
    for (const id of tree(pid)) peak = Math.max(peak, highWater(id));
    wait = Math.min(EVERY_MS, 2 * wait);
    timer = setTimeout(sample, Math.max(wait, Math.min(LONGEST_MS, PAUSES * (performance.now() - begun))));
  }

  return {
    stop() {
      clearTimeout(timer);
      return peak > 0 ? peak : undefined;
    },
  };
}

/** A process and all below it. */
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

/** Processes come and go, those of other users are closed, and not every system has /proc. */
function ifThere<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (codeOf(error) !== undefined) return undefined;
    throw error;
  }
}
