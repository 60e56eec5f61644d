import type { IncomingMessage } from 'node:http';
import type { Sender } from '../auth/access.js';
import type { BodyReading } from './body.js';
import type { Failure } from './reply.js';

/** A request whose body may be aborted: by a revoked token, a client that disconnects, or an idle timeout. */
export interface AbortableRequest {
  readonly request: IncomingMessage;
  readonly sender: Sender;
  readonly idleTimeoutMs: number;
  /** The body in progress, once reading has started. */
  readonly reading: () => BodyReading | undefined;
  readonly fail: (failure: Failure) => void;
}

/** Calls `fail` on each abort. Returns a function that stops watching the token. */
export function onRequestAbort({ request, sender, idleTimeoutMs, reading, fail }: AbortableRequest): () => void {
  request.on('close', () => {
    if (!request.complete) fail({ status: 400, reason: 'client_gone', message: 'the client disconnected' });
  });
  request.on('timeout', () => {
    // Ignores idle timeouts while back-pressure pauses the body.
    if (reading()?.isDelayed) return;
    fail({ status: 408, reason: 'idle', message: `nothing was sent for ${idleTimeoutMs / 1000} s` });
  });
  return sender.onRevoked(() => fail(TOKEN_REVOKED));
}

/** The failure of a request whose token is revoked meanwhile. */
export const TOKEN_REVOKED: Failure = { status: 401, reason: 'unauthorized', message: 'the token was revoked' };
