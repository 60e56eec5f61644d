import { homedir } from 'node:os';
import { resolve } from 'node:path';

/** The file that a person names: `~` is the home directory, other paths begin at the working directory. */
export function pathOf(text: string): string {
  return resolve(text.replace(/^~(?=\/|$)/, homedir()));
}
