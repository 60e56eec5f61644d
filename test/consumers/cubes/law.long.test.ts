import { test } from 'vitest';
import { propertyRuns } from '../../helpers/property-runs.js';
import { checkCubeLaw } from './law.js';

test('a cube has the rows of its query, and of frozen buckets those from before', async () => {
  await checkCubeLaw({ numRuns: propertyRuns(3), maxSteps: 8 });
}, 300_000);
