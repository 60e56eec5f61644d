import { statSync } from 'node:fs';

/** Device and inode of the file that a path names now; undefined when it names none. @throws what the system says otherwise. */
export function identityAt(path: string): string | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats && `${stats.dev}:${stats.ino}`;
}
