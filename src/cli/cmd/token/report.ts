import type { Micros } from '../../../core/duration.js';
import type { Result } from '../../../core/result.js';
import type { Scope } from '../../../core/scope.js';
import type { TokenRecord } from '../../../journal/token-reader.js';

/** A token that was just made: the only time that its text is known. */
export interface Created {
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly token: string;
}

export function createdJson({ name, scopes, token }: Created): string {
  return `${JSON.stringify({ name, scopes, token })}\n`;
}

export function createdTable({ name, scopes, token }: Created): Result {
  return table(['name', 'scopes', 'token'], [[name, scopes.join(', '), token]]);
}

export function listJson(tokens: readonly TokenRecord[]): string {
  const all = tokens.map(({ name, id, scopes, createdAt, revokedAt }) => ({
    name,
    id,
    scopes,
    created_at: instant(createdAt),
    revoked_at: revokedAt === undefined ? null : instant(revokedAt),
  }));
  return `${JSON.stringify(all, null, 2)}\n`;
}

export function listTable(tokens: readonly TokenRecord[]): Result {
  const rows = tokens.map(({ name, id, scopes, createdAt, revokedAt }) => [
    name,
    id,
    scopes.join(', '),
    instant(createdAt),
    revokedAt === undefined ? '' : instant(revokedAt),
  ]);
  return table(['name', 'id', 'scopes', 'created', 'revoked'], rows);
}

export function revokedJson(name: string, at: Micros): string {
  return `${JSON.stringify({ name, revoked_at: instant(at) })}\n`;
}

export function revokedTable(name: string, at: Micros): Result {
  return table(['name', 'revoked'], [[name, instant(at)]]);
}

/** To the second: nobody makes tokens faster. */
function instant(at: Micros): string {
  return new Date(at / 1000).toISOString().replace(/\.\d+Z$/, 'Z');
}

function table(names: readonly string[], rows: readonly (readonly string[])[]): Result {
  return {
    columns: names.map(name => ({ name, type: 'VARCHAR', kind: 'text' })),
    batches: (async function* () {
      yield await Promise.resolve(rows);
    })(),
  };
}
