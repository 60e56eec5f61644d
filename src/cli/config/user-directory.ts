import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** A directory of the XDG Base Directory Specification, which ignores an empty or relative variable. */
export function userDirectory(variable: string | undefined, usual: string): string {
  return variable && isAbsolute(variable) ? variable : join(homedir(), usual);
}
