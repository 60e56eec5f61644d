import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { onTestFinished } from 'vitest';

/** Calls `onSync` before each `fsyncSync` of this process, until the test ends. */
export function watchSyncs(onSync: (descriptor: number) => void): void {
  const { fsyncSync } = fs;
  const replace = (by: typeof fsyncSync): void => {
    fs.fsyncSync = by;
    syncBuiltinESMExports();
  };
  replace(descriptor => {
    onSync(descriptor);
    fsyncSync(descriptor);
  });
  onTestFinished(() => replace(fsyncSync));
}
