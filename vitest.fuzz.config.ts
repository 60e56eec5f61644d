import { readFileSync } from 'node:fs';
import { globSync } from 'tinyglobby';
import { defineConfig } from 'vitest/config';

/** The files with a property whose runs PROPERTY_SCALE multiplies. */
const scaled = globSync('test/**/*.test.ts').filter(file => readFileSync(file, 'utf8').includes('propertyRuns('));

/**
 * The long run of the fuzz tests and of the properties that take long: `npm run fuzz`. FUZZ_RUNS and PROPERTY_SCALE say
 * how long, FUZZ_SEED which cases of the former.
 */
export default defineConfig({
  test: {
    include: ['test/fuzz/**/*.test.ts', ...scaled],
    setupFiles: ['test/helpers/end-of-file.ts'],
    env: {
      FUZZ_RUNS: process.env.FUZZ_RUNS ?? '10000',
      FUZZ_SEED: process.env.FUZZ_SEED ?? String(Date.now()),
      PROPERTY_SCALE: process.env.PROPERTY_SCALE ?? '50',
    },
    testTimeout: 3_600_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
});
