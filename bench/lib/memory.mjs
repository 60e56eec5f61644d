import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

/** The resident memory of a process, in MB. */
export function residentMegabytes(pid) {
  const status = `/proc/${pid}/status`;
  const kibibytes = existsSync(status)
    ? /VmRSS:\s+(\d+)/.exec(readFileSync(status, 'utf8'))[1]
    : execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' });
  return (Number(kibibytes) * 1024) / 1e6;
}

/**
 * The share of memory that a process has of its own or with others, in MB: its Pss. The resident memory where the system
 * does not tell it, or 0 for a process that has ended.
 */
export function proportionalMegabytes(pid) {
  try {
    const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
    return (Number(/^Pss:\s+(\d+)/m.exec(rollup)[1]) * 1024) / 1e6;
  } catch {
    return existsSync('/proc') ? 0 : residentMegabytes(pid);
  }
}

/** The processes that a process started and that still run. */
export function childrenOf(pid) {
  const text = execFileSync('ps', ['-o', 'pid=,ppid=', '-A'], { encoding: 'utf8' });
  return text
    .trim()
    .split('\n')
    .map(line => line.trim().split(/\s+/).map(Number))
    .filter(([, parent]) => parent === pid)
    .map(([child]) => child);
}
