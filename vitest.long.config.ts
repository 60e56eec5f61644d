import { defineConfig } from 'vitest/config';
import suite from './vitest.config.js';

/** What takes long beside the suite, in the files `*.long.test.ts`: `npm run test:long`. CI runs both. */
export default defineConfig({
  test: { ...suite.test, include: ['test/**/*.long.test.ts'], exclude: [] },
});
