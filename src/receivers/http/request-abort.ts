import type { IncomingMessage } from 'node:http';
import type { Sender } from '../auth/access.js';
import type { BodyReading } from './body.js';
import type { Failure } from './reply.js';

/** What can end a request before its body has: its token is revoked, its client goes away, or says nothing for too long. */
export interface CutShort {
  readonly request: IncomingMessage;
  readonly sender: Sender;
  readonly idleTimeoutMs: number;
  /** The reading of the body, once it has begun. */
  readonly reading: () => BodyReading | undefined;
  readonly fail: (failure: Failure) => void;
}

/** Calls `fail` for each of them. Returns how to stop looking at the token. */
export function onCutShort({ request, sender, idleTimeoutMs, reading, fail }: CutShort): () => void {
  request.on('close', () => {
    if (!request.complete) fail({ status: 400, reason: 'client_gone', message: 'the client went away' });
  });
  request.on('timeout', () => {
    // What we do not read we cannot miss.
    if (reading()?.isHeldBack) return;
    fail({ status: 408, reason: 'idle', message: `nothing was sent for ${idleTimeoutMs / 1000} s` });
  });
  return sender.onRevoked(() => fail(TOKEN_REVOKED));
}

/** What a sender is told whose token is revoked while it sends. */
export const TOKEN_REVOKED: Failure = { status: 401, reason: 'unauthorized', message: 'the token was revoked' };
