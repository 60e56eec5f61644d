import { defineConfig } from 'vitest/config';
/** The long run of the fuzz tests: `npm run fuzz`. FUZZ_RUNS says how long, FUZZ_SEED which cases. */
export default defineConfig({
    test: {
        include: ['test/fuzz/**/*.test.ts'],
        env: { FUZZ_RUNS: process.env.FUZZ_RUNS ?? '10000', FUZZ_SEED: process.env.FUZZ_SEED ?? String(Date.now()) },
        testTimeout: 3_600_000,
        hookTimeout: 60_000,
        maxWorkers: 2,
    },
});
