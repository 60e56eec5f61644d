import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { glob, isDynamicPattern } from 'tinyglobby';

/** What cannot be followed while it grows. */
const COMPRESSED = /\.(gz|zst|bz2|xz|zip)$/i;

/** What was named: files, and patterns that are looked at again and again. All paths are absolute. */
export interface Named {
  readonly files: readonly string[];
  readonly patterns: readonly string[];
}

/** Tells patterns from files. A file that is there is no pattern, whatever its name. */
export function namedIn(names: readonly string[], cwd: string): Named {
  const paths = [...new Set(names.map(name => resolve(cwd, name)))];
  const isPattern = (path: string): boolean => isDynamicPattern(path) && !existsSync(path);
  return { files: paths.filter(path => !isPattern(path)), patterns: paths.filter(isPattern) };
}

/** The files that match now, without those that are compressed. */
export async function matching(pattern: string): Promise<string[]> {
  const paths = await glob(pattern, { absolute: true, dot: true, expandDirectories: false });
  return paths.filter(path => !isCompressed(path)).sort();
}

/** Whether a name says that the file is compressed. */
export function isCompressed(path: string): boolean {
  return COMPRESSED.test(path);
}
