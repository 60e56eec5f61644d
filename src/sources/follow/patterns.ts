import { existsSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { escapePath, glob, isDynamicPattern } from 'tinyglobby';

/** Names of compressed files, which cannot be followed. */
const COMPRESSED = /\.(gz|zst|bz2|xz|zip)$/i;

/** The named files and patterns. All paths are absolute. */
export interface Named {
  readonly files: readonly string[];
  readonly patterns: readonly string[];
}

/** Sorts names into patterns and files. An existing file is never a pattern, whatever its name. */
export function namedIn(names: readonly string[], cwd: string): Named {
  const isPattern = (name: string): boolean => isDynamicPattern(name) && !existsSync(resolve(cwd, name));
  const files = names.filter(name => !isPattern(name)).map(name => resolve(cwd, name));
  const patterns = names.filter(isPattern).map(name => resolve(escapePath(cwd), name));
  return { files: [...new Set(files)], patterns: [...new Set(patterns)] };
}

/** The files that match now, without compressed ones. A file with several names is listed under its real path. */
export async function matching(pattern: string): Promise<string[]> {
  const found = await glob(pattern, { absolute: true, dot: true, expandDirectories: false });
  const paths = found.filter(path => !isCompressed(path)).sort();
  const byTarget = new Map<string, string>();
  for (const path of paths) {
    const target = await realpath(path).catch(() => path);
    if (!byTarget.has(target) || basename(path) === basename(target)) byTarget.set(target, path);
  }
  return [...byTarget.values()];
}

/** True for the name of a compressed file. */
export function isCompressed(path: string): boolean {
  return COMPRESSED.test(path);
}
