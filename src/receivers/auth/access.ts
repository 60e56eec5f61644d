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
import { rateLimiter, type Allowance, type Rate, type RateLimiter } from './rate-limit.js';
import { RevocationWatch } from './revocation-watch.js';

/** Options of access control. */
export interface AccessOptions {
  /** A token with all permissions, set when the server starts. */
  readonly token: string | undefined;
  /** Returns the current tokens of the store. */
  readonly tokens: () => readonly TokenRecord[];
  /** True to require no token once all tokens of the store are revoked. */
  readonly allowAnonymous: boolean;
  /** The secret by which the local user reads events over HTTP; undefined without reading over HTTP. */
  readonly readSecret?: string | undefined;
  /** The limit per token, or per address without a token. */
  readonly rateLimit: Rate | undefined;
}

/** An authorized sender. */
export interface Sender {
  /** The remaining events, shared by all connections and requests of the same token or address. */
  readonly allowance: Allowance;
  /** Calls back once after the token is revoked, within 250 ms. Returns a function that cancels this. */
  onRevoked(callback: () => void): () => void;
}

/** The result of authorization. */
export type Access =
  | { readonly sender: Sender; readonly refusal?: undefined }
  | { readonly refusal: Refusal; readonly sender?: undefined };

/** Compared with when the token does not exist, so that a refusal takes the same time. */
const NO_HASH = Buffer.alloc(32);

/** The rights of a right token. */
interface Grant {
  readonly scopes: readonly Scope[];
  /** The key of its rate limit. */
  readonly key: string;
  /** The id of a token of the store. */
  readonly id?: string;
}

/** Authorizes the requests to a server. */
export class AccessControl {
  readonly #tokens: () => readonly TokenRecord[];
  readonly #allowAnonymous: boolean;
  readonly #ownHash: Buffer | undefined;
  readonly #readHash: Buffer | undefined;
  readonly #allowanceOf: RateLimiter;
  readonly #attempts = failedAttempts();
  readonly #revocations: RevocationWatch;

  constructor({ token, tokens, allowAnonymous, readSecret, rateLimit }: AccessOptions) {
    this.#tokens = tokens;
    this.#allowAnonymous = allowAnonymous;
    this.#ownHash = token === undefined ? undefined : tokenHash(token);
    this.#readHash = readSecret === undefined ? undefined : tokenHash(readSecret);
    this.#allowanceOf = rateLimiter(rateLimit);
    this.#revocations = new RevocationWatch(tokens);
  }

  /** Returns true while every sender must present a token. */
  needsToken(): boolean {
    try {
      return this.#requiresToken();
    } catch (error) {
      // Requires a token when the store cannot be read. `authorize` reports the error.
      if (codeOf(error) === undefined) throw error;
      return true;
    }
  }

  /** @param address of the remote end of the connection */
  authorize(headers: IncomingHttpHeaders, scope: Scope, address: string | undefined): Access {
    try {
      return this.#decide(headers, scope, address);
    } catch (error) {
      // An unreadable store refuses the request but does not stop the server.
      if (codeOf(error) === undefined) throw error;
      const message = 'the tokens of the store cannot be read';
      return { refusal: { status: 503, reason: 'journal_failure', message, retryAfter: 5 } };
    }
  }

  /** Stops polling for revoked tokens. */
  close(): void {
    this.#revocations.close();
  }

  #decide(headers: IncomingHttpHeaders, scope: Scope, address: string | undefined): Access {
    // Events may hold anything, and any program of any user of the machine reaches the port.
    if (scope !== 'read' && !this.#requiresToken()) return limited(this.#senderOf(senderAt(address), undefined), scope);
    const secret = credentials(headers);
    if (secret === undefined) return { refusal: unauthorized('a token is required', scope) };
    if (this.#attempts.isFlooding(address))
      return { refusal: tooMany('too_many_failures', 'too many wrong tokens from this address', 1000) };
    const grant = this.#grantOf(secret);
    if (!grant) {
      const refusal = unauthorized('the token is wrong or revoked', scope);
      return { refusal: { ...refusal, delayMs: this.#attempts.failed(address) } };
    }
    if (!opens(grant.scopes, scope)) {
      const message = `the token's scope is ${grant.scopes.join(' and ')}; this needs ${scope}`;
      return { refusal: { status: 403, reason: 'scope', message, ...remedyFor(scope) } };
    }
    return limited(this.#senderOf(grant.key, grant.id), scope);
  }

  /** A store that has had a token keeps requiring one, even after the last is revoked. */
  #requiresToken(): boolean {
    if (this.#ownHash) return true;
    const known = this.#tokens();
    return known.length > 0 && !(this.#allowAnonymous && known.every(({ revokedAt }) => revokedAt !== undefined));
  }

  /** The grant of a secret; undefined for a wrong secret. */
  #grantOf(secret: string): Grant | undefined {
    const hash = tokenHash(secret);
    if (this.#ownHash && timingSafeEqual(hash, this.#ownHash)) return { scopes: ['admin'], key: 'token' };
    if (this.#readHash && timingSafeEqual(hash, this.#readHash)) return { scopes: ['read'], key: 'read token' };
    const id = tokenId(secret);
    if (id === undefined) return undefined;
    const record = this.#tokens().find(known => known.id === id);
    const isRight = timingSafeEqual(hash, record?.hash ?? NO_HASH);
    return isRight && record && record.revokedAt === undefined
      ? { scopes: record.scopes, key: `token ${id}`, id }
      : undefined;
  }

  #senderOf(key: string, id: string | undefined): Sender {
    return {
      allowance: this.#allowanceOf(key),
      onRevoked: callback => (id === undefined ? () => undefined : this.#revocations.add(id, callback)),
    };
  }
}

/** Refuses a request of a sender over its rate limit before its body is read. */
function limited(sender: Sender, scope: Scope): Access {
  const wait = scope === 'ingest' ? sender.allowance.waitMs() : 0;
  return wait > 0 ? { refusal: tooMany('rate_limited', 'the rate of events exceeds --rate-limit', wait) } : { sender };
}

function unauthorized(what: string, scope: Scope): Refusal {
  const message = `${what}: send it as "Authorization: Bearer TOKEN"`;
  return { status: 401, reason: 'unauthorized', message, ...remedyFor(scope) };
}

/** The remedy for a reader without a valid token. For a sender it is the operator, who created the tokens. */
function remedyFor(scope: Scope): Pick<Refusal, 'remedy'> {
  if (scope !== 'read') return {};
  return {
    remedy:
      'The user of the server finds one in the file read.token of the store. ' +
      '`telemetry token create NAME --scope read` creates one for others; senders then need a token too.',
  };
}

function tooMany(reason: 'rate_limited' | 'too_many_failures', what: string, waitMs: number): Refusal {
  const retryAfter = Math.ceil(waitMs / 1000);
  return { status: 429, reason, message: `${what}: try again in ${retryAfter} s`, retryAfter };
}
