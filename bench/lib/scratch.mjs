import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { program } from './process.mjs';

/** Beside the installed packages, for it must be on a disk: /tmp often is memory, where fsync costs nothing. */
const root = join(dirname(program()), 'node_modules', '.cache', 'telemetry-bench');

/** Calls with a fresh folder, and removes it. */
export async function withScratch(use) {
  mkdirSync(root, { recursive: true });
  const folder = mkdtempSync(join(root, 'run-'));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A fresh folder inside of one. */
export function folderIn(folder, prefix) {
  return mkdtempSync(join(folder, `${prefix}-`));
}

/** A folder that stays until this process ends. */
export function keptFolder(name) {
  const folder = join(root, `${name}-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A folder that stays for later runs. */
export function cacheFolder(name) {
  const folder = join(root, name);
  mkdirSync(folder, { recursive: true });
  return folder;
}
