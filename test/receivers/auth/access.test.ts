import { expect, test } from 'vitest';
import { AccessControl } from '../../../src/receivers/auth/access.js';
import { createGuard } from '../../../src/receivers/auth/guard.js';

test('admits nobody and does not throw when tokens cannot be read', () => {
  const access = new AccessControl({
    token: undefined,
    tokens: () => {
      throw Object.assign(new Error('disk I/O error'), { code: 'SQLITE_IOERR' });
    },
    allowAnonymous: false,
    rateLimit: undefined,
  });
  const guard = createGuard({ cors: [], allowHost: [] }, access);

  expect(guard.checkOrigin({ host: 'elsewhere.example' })).toBeUndefined();
  expect(guard.authorize({ host: 'elsewhere.example' }, 'ingest', '127.0.0.1').refusal).toMatchObject({ status: 503 });
});
