import { AccessControl, type Sender } from '../../src/receivers/auth/access.js';
import { createGuard, type Guard } from '../../src/receivers/auth/guard.js';
import { UNLIMITED } from '../../src/receivers/auth/rate-limit.js';

/** A sender without a token and without limits. */
export const ANYONE: Sender = { allowance: UNLIMITED, onRevoked: () => () => undefined };

/** A guard that lets everyone of this machine in. */
export function openGuard(): Guard {
  const access = new AccessControl({ token: undefined, tokens: () => [], allowAnonymous: false, rateLimit: undefined });
  return createGuard({ cors: [], allowHost: [] }, access);
}
