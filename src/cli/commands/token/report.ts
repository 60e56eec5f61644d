import type { Micros } from '../../../core/duration.js';
import type { Result } from '../../../core/result.js';
import type { Scope } from '../../../core/scope.js';
import type { TokenRecord } from '../../../store/catalog/token-reader.js';
import { instantText as instant } from '../../shared/instant-text.js';
import { columnsOf, resultOf } from '../../shared/report.js';

/** A new token. Its text is known only now. */
export interface Created {
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly token: string;
}

export function createdTable({ name, scopes, token }: Created): Result {
  return resultOf(columnsOf(['name', 'scopes', 'token']), [[name, scopes.join(', '), token]]);
}

export function listJson(tokens: readonly TokenRecord[]): unknown {
  return tokens.map(tokenJson);
}

export function tokenJson({ name, id, scopes, createdAt, revokedAt }: TokenRecord): unknown {
  return {
    name,
    id,
    scopes,
    created_at: instant(createdAt),
    revoked_at: revokedAt === undefined ? null : instant(revokedAt),
  };
}

export function listTable(tokens: readonly TokenRecord[]): Result {
  const rows = tokens.map(({ name, id, scopes, createdAt, revokedAt }) => [
    name,
    id,
    scopes.join(', '),
    instant(createdAt),
    revokedAt === undefined ? '' : instant(revokedAt),
  ]);
  return resultOf(columnsOf(['name', 'id', 'scopes', 'created', 'revoked']), rows);
}

export function revokedJson(name: string, at: Micros): unknown {
  return { name, revoked_at: instant(at) };
}

export function revokedTable(name: string, at: Micros): Result {
  return resultOf(columnsOf(['name', 'revoked']), [[name, instant(at)]]);
}
