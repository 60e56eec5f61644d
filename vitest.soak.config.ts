import { defineConfig } from 'vitest/config';

/** The long runs: kill -9 by the hundred, large streams. `npm run soak`. */
export default defineConfig({
  test: {
    include: ['test/soak/**/*.test.ts'],
    setupFiles: ['test/helpers/end-of-file.ts'],
    testTimeout: 1_800_000,
    hookTimeout: 60_000,
    maxWorkers: 1,
  },
});
