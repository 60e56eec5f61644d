import { defineConfig } from 'vitest/config';

/** The suite runs against the built command (dist/) for whole-process tests and against src/ for the rest. */
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/soak/**'],
    setupFiles: ['test/helpers/end-of-file.ts'],
    testTimeout: 90_000,
    hookTimeout: 30_000,
    maxWorkers: 2,
    // Files share a worker's modules: loading them again for each file takes a quarter of the suite's CPU time.
    isolate: false,
  },
});
