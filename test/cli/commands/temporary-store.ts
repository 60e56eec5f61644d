import { commandInProcess } from '../../helpers/command-in-process.js';
import { createFixture, type Sent } from '../../query/fixture.js';
import type { Finished } from '../command.js';

/** Makes a store with events, and returns a function that runs commands on it in this process. */
export function temporaryStore(...events: readonly Sent[]): (...args: string[]) => Promise<Finished> {
  const { dir } = createFixture(...events);
  return (...args) => commandInProcess([...args, '--store', dir], { cwd: dir });
}
