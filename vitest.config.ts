import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/helpers/longest-first.js';

/**
 * The suite: against the built command (dist/) for whole-process tests and against src/ for the rest. It stays under six
 * minutes on two cores; kills of each remote and step, other engines and whole pages of docs are in `*.long.test.ts`.
 */
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/soak/**', 'test/**/*.long.test.ts'],
    setupFiles: ['test/helpers/end-of-file.ts'],
    // A loaded machine takes ten times as long as an idle one: this only bounds how long a failure takes.
    testTimeout: 240_000,
    hookTimeout: 120_000,
    // More than the cores of a small machine: half of a file's time is waiting for processes, disks and clocks.
    maxWorkers: 4,
    // Files share a worker's modules: loading them again for each file takes a quarter of the suite's CPU time.
    isolate: false,
    sequence: { sequencer: LongestFirst },
  },
});
