import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** A directory that the XDG Base Directory Specification names: an empty or relative variable counts as not set. */
export function userDirectory(variable: string | undefined, usual: string): string {
  return variable && isAbsolute(variable) ? variable : join(homedir(), usual);
}
