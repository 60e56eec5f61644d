import { test } from 'vitest';
import { checkCubeLaw } from '../consumers/cubes/law.js';

/** Rounds of the soak: some thousand take hours. */
const ROUNDS = Number(process.env.CUBE_ROUNDS ?? 3000);

/** An end of the soak before all rounds are done, in milliseconds. */
const LIMIT_MS = Number(process.env.CUBE_SOAK_MS ?? 3_600_000);

test('a cube has the rows of its query after any steps', async () => {
  await checkCubeLaw({ numRuns: ROUNDS, maxSteps: 20, endAfterMs: LIMIT_MS });
}, 36_000_000);
