import { statSync } from 'node:fs';

/** Device and inode of the file at a path; undefined when it does not exist. @throws other errors of the system. */
export function identityAt(path: string): string | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats && `${stats.dev}:${stats.ino}`;
}
