import { timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { codeOf } from '../../core/errors.js';
import { opens, type Scope } from '../../core/scope.js';
import type { TokenRecord } from '../../store/catalog/token-reader.js';
import { tokenHash, tokenId } from '../../store/catalog/tokens.js';
import { senderAt } from './address.js';
import { credentials } from './credentials.js';
import { failedAttempts } from './failed-attempts.js';
import type { Refusal } from './refusal.js';
import { rateLimiter, type Allowance, type Rate } from './rate-limit.js';

/** Options of access control. */
export interface AccessOptions {
  /** A token with all permissions, set when the server starts. */
  readonly token: string | undefined;
  /** Returns the current tokens of the store. */
  readonly tokens: () => readonly TokenRecord[];
  /** True to require no token once all tokens of the store are revoked. */
  readonly allowAnonymous: boolean;
  /** The limit per token, or per address without a token. */
  readonly rateLimit: Rate | undefined;
}

/** An authorized sender. */
export interface Sender {
  /** The remaining events, shared by all connections and requests of the same token or address. */
  readonly allowance: Allowance;
  /** Calls back once after the token is revoked, within {@link REVOKED_WITHIN_MS}. Returns a function that cancels this. */
  onRevoked(callback: () => void): () => void;
}

/** The result of authorization. */
export type Access =
  | { readonly sender: Sender; readonly refusal?: undefined }
  | { readonly refusal: Refusal; readonly sender?: undefined };

/** Authorizes requests. */
export interface AccessControl {
  /** Returns true while every sender must present a token. */
  needsToken(): boolean;
  /** @param address of the remote end of the connection */
  authorize(headers: IncomingHttpHeaders, scope: Scope, address: string | undefined): Access;
  /** Stops polling for revoked tokens. */
  close(): void;
}

/** Polling interval for revoked tokens of open connections. New requests check their token at once. */
const REVOKED_WITHIN_MS = 250;

/** Compared with when the token does not exist, so that a refusal takes the same time. */
const NO_HASH = Buffer.alloc(32);

/** Creates the access control of a server. */
export function accessControl({ token, tokens, allowAnonymous, rateLimit }: AccessOptions): AccessControl {
  const ownHash = token === undefined ? undefined : tokenHash(token);
  const attempts = failedAttempts();
  const allowanceOf = rateLimiter(rateLimit);
  const onRevoked = new Map<string, Set<() => void>>();
  let polling: NodeJS.Timeout | undefined;

  /** A store that has had a token keeps requiring one, even after the last is revoked. */
  function needsToken(): boolean {
    if (ownHash) return true;
    const known = tokens();
    return known.length > 0 && !(allowAnonymous && known.every(({ revokedAt }) => revokedAt !== undefined));
  }

  /** The scopes of a secret and the key of its sender; undefined for a wrong secret. */
  function grantOf(secret: string): { scopes: readonly Scope[]; key: string; id?: string } | undefined {
    const hash = tokenHash(secret);
    if (ownHash && timingSafeEqual(hash, ownHash)) return { scopes: ['admin'], key: 'token' };
    const id = tokenId(secret);
    if (id === undefined) return undefined;
    const record = tokens().find(known => known.id === id);
    const isRight = timingSafeEqual(hash, record?.hash ?? NO_HASH);
    return isRight && record && record.revokedAt === undefined
      ? { scopes: record.scopes, key: `token ${id}`, id }
      : undefined;
  }

  function notifyRevoked(): void {
    if (onRevoked.size === 0) {
      clearInterval(polling);
      polling = undefined;
      return;
    }
    const valid = validTokens();
    if (!valid) return;
    for (const [id, callbacks] of onRevoked) {
      if (valid.has(id)) continue;
      onRevoked.delete(id);
      for (const callback of callbacks) callback();
    }
  }

  /** The ids of valid tokens; undefined when the store cannot be read, until the next poll. */
  function validTokens(): Set<string> | undefined {
    try {
      return new Set(tokens().flatMap(({ id, revokedAt }) => (revokedAt === undefined ? [id] : [])));
    } catch (error) {
      if (codeOf(error) === undefined) throw error;
      return undefined;
    }
  }

  function senderOf(key: string, id: string | undefined): Sender {
    return {
      allowance: allowanceOf(key),
      onRevoked(callback) {
        if (id === undefined) return () => undefined;
        const callbacks = onRevoked.get(id) ?? new Set();
        onRevoked.set(id, callbacks.add(callback));
        polling ??= setInterval(notifyRevoked, REVOKED_WITHIN_MS).unref();
        return () => {
          callbacks.delete(callback);
          if (callbacks.size === 0 && onRevoked.get(id) === callbacks) onRevoked.delete(id);
        };
      },
    };
  }

  function decide(headers: IncomingHttpHeaders, scope: Scope, address: string | undefined): Access {
    if (!needsToken()) return limited(senderOf(senderAt(address), undefined), scope);
    const secret = credentials(headers);
    if (secret === undefined) return { refusal: unauthorized('a token is required') };
    if (attempts.isFlooding(address))
      return { refusal: tooMany('too_many_failures', 'too many wrong tokens from this address', 1000) };
    const grant = grantOf(secret);
    if (!grant) {
      return { refusal: { ...unauthorized('the token is wrong or revoked'), delayMs: attempts.failed(address) } };
    }
    if (!opens(grant.scopes, scope)) {
      const message = `the token's scope is ${grant.scopes.join(' and ')}; this needs ${scope}`;
      return { refusal: { status: 403, reason: 'scope', message } };
    }
    return limited(senderOf(grant.key, grant.id), scope);
  }

  return {
    needsToken() {
      try {
        return needsToken();
      } catch (error) {
        // Requires a token when the store cannot be read. `authorize` reports the error.
        if (codeOf(error) === undefined) throw error;
        return true;
      }
    },
    authorize(headers, scope, address) {
      try {
        return decide(headers, scope, address);
      } catch (error) {
        // An unreadable store refuses the request but does not stop the server.
        if (codeOf(error) === undefined) throw error;
        const message = 'the tokens of the store cannot be read';
        return { refusal: { status: 503, reason: 'journal_failure', message, retryAfter: 5 } };
      }
    },
    close: () => clearInterval(polling),
  };
}

/** Refuses a request of a sender over its rate limit before its body is read. */
function limited(sender: Sender, scope: Scope): Access {
  const wait = scope === 'ingest' ? sender.allowance.waitMs() : 0;
  return wait > 0 ? { refusal: tooMany('rate_limited', 'the rate of events exceeds --rate-limit', wait) } : { sender };
}

function unauthorized(what: string): Refusal {
  return { status: 401, reason: 'unauthorized', message: `${what}: send it as "Authorization: Bearer TOKEN"` };
}

function tooMany(reason: 'rate_limited' | 'too_many_failures', what: string, waitMs: number): Refusal {
  const retryAfter = Math.ceil(waitMs / 1000);
  return { status: 429, reason, message: `${what}: try again in ${retryAfter} s`, retryAfter };
}
