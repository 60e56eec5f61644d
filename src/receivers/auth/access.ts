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

/** Who may do what, and how much. */
export interface AccessOptions {
  /** A token that opens everything, set when the server is started. */
  readonly token: string | undefined;
  /** The tokens of the store as of now. */
  readonly tokens: () => readonly TokenRecord[];
  /** Whether a store whose tokens are all revoked asks for none. */
  readonly allowAnonymous: boolean;
  /** How many events each token, or each address without one, may send. */
  readonly rateLimit: Rate | undefined;
}

/** Who sends, once let in. */
export interface Sender {
  /** What it may still send; one for all connections and requests of the same token or address. */
  readonly allowance: Allowance;
  /** Calls back once when its token has been revoked, within {@link REVOKED_WITHIN_MS}. Returns how to stop listening. */
  onRevoked(callback: () => void): () => void;
}

/** Who sends, or why it is not let in. */
export type Access =
  | { readonly sender: Sender; readonly refusal?: undefined }
  | { readonly refusal: Refusal; readonly sender?: undefined };

/** Decides who is let in. */
export interface AccessControl {
  /** Whether every sender has to present a token. */
  needsToken(): boolean;
  /** @param address where the request comes from, as the system says. */
  admit(headers: IncomingHttpHeaders, scope: Scope, address: string | undefined): Access;
  /** Stops looking for revoked tokens. */
  close(): void;
}

/** A request is refused with the next look at the token; a connection under way is ended within this time. */
const REVOKED_WITHIN_MS = 250;

/** What stands in for the hash of a token that there is not, so that both take the same time to refuse. */
const NO_HASH = Buffer.alloc(32);

/** Creates the access control of a server. */
export function accessControl({ token, tokens, allowAnonymous, rateLimit }: AccessOptions): AccessControl {
  const ownHash = token === undefined ? undefined : tokenHash(token);
  const attempts = failedAttempts();
  const allowanceOf = rateLimiter(rateLimit);
  const onRevoked = new Map<string, Set<() => void>>();
  let looking: NodeJS.Timeout | undefined;

  /** A store that ever had a token goes on asking for one, also when the last is revoked. */
  function needsToken(): boolean {
    if (ownHash) return true;
    const known = tokens();
    return known.length > 0 && !(allowAnonymous && known.every(({ revokedAt }) => revokedAt !== undefined));
  }

  /** The scopes that a secret opens and how its sender is called; undefined when it is wrong. */
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

  function lookForRevoked(): void {
    if (onRevoked.size === 0) {
      clearInterval(looking);
      looking = undefined;
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

  /** The ids of tokens that are not revoked; undefined when the store cannot be read, and it is asked again soon. */
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
        looking ??= setInterval(lookForRevoked, REVOKED_WITHIN_MS).unref();
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
    if (secret === undefined) return { refusal: unauthorized('a token is needed') };
    if (attempts.isFlooding(address))
      return { refusal: tooMany('too_many_failures', 'too many wrong tokens come from this address', 1000) };
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
        // Whoever cannot be checked is not trusted; `admit` tells them why.
        if (codeOf(error) === undefined) throw error;
        return true;
      }
    },
    admit(headers, scope, address) {
      try {
        return decide(headers, scope, address);
      } catch (error) {
        // The store cannot be read: whoever cannot be checked is not let in, and the server lives on.
        if (codeOf(error) === undefined) throw error;
        const message = 'the tokens of the store cannot be read';
        return { refusal: { status: 503, reason: 'journal_failure', message, retryAfter: 5 } };
      }
    },
    close: () => clearInterval(looking),
  };
}

/** A sender that has overdrawn waits before anything of its next request is read. */
function limited(sender: Sender, scope: Scope): Access {
  const wait = scope === 'ingest' ? sender.allowance.waitMs() : 0;
  return wait > 0
    ? { refusal: tooMany('rate_limited', 'these are more events than --rate-limit allows', wait) }
    : { sender };
}

function unauthorized(what: string): Refusal {
  return { status: 401, reason: 'unauthorized', message: `${what}: send it as "Authorization: Bearer TOKEN"` };
}

function tooMany(reason: 'rate_limited' | 'too_many_failures', what: string, waitMs: number): Refusal {
  const retryAfter = Math.ceil(waitMs / 1000);
  return { status: 429, reason, message: `${what}: try again in ${retryAfter} s`, retryAfter };
}
