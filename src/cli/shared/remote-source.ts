import { kindFor, protocolsWithSql } from '../../consumers/forward/kinds.js';
import { hideSecrets, loadRemote } from '../../consumers/forward/load-remote.js';
import { readContext } from '../../consumers/forward/remote-context.js';
import type { RemoteReader } from '../../consumers/remotes/kind.js';
import { messageOf, TelemetryError } from '../../core/errors.js';
import type { Result } from '../../core/result.js';
import type { ValueStyle } from '../../query/result/values.js';

/** A remote that answers SQL. Its errors contain no secrets. */
export interface RemoteSource {
  readonly statsSql: string;
  query(sql: string, style: ValueStyle): Promise<Result>;
  close(): Promise<void>;
}

/**
 * Opens a remote of the store for SQL.
 * @throws TelemetryError `failure` when no remote has the name, or it cannot be reached; `usage` when it answers no
 * SQL.
 */
export async function openRemoteSource(dir: string, name: string, signal: AbortSignal): Promise<RemoteSource> {
  const remote = loadRemote(dir, name);
  const hidden = (error: unknown): unknown => {
    if (signal.aborted) return signal.reason;
    if (!(error instanceof TelemetryError)) return new TelemetryError('failure', hideSecrets(remote, messageOf(error)));
    const { kind, message, remedy } = error;
    return new TelemetryError(kind, hideSecrets(remote, message), { ...(remedy !== undefined && { remedy }) });
  };
  const kind = await kindFor(remote.url);
  if (kind.read === undefined) {
    throw new TelemetryError('usage', `the remote ${remote.name} answers no SQL: ${remote.definition.url}`, {
      remedy: `Remotes with these protocols do: ${(await protocolsWithSql()).join(', ')}.`,
    });
  }
  let reader: RemoteReader;
  try {
    reader = await kind.read(readContext(remote, dir, signal));
  } catch (error) {
    throw hidden(error);
  }
  return {
    statsSql: reader.statsSql,
    async query(sql, style) {
      try {
        const { columns, batches } = await reader.query(sql, style);
        return { columns, batches: withErrors(batches, hidden) };
      } catch (error) {
        throw hidden(error);
      }
    },
    close: () => reader.close(),
  };
}

async function* withErrors<T>(items: AsyncIterable<T>, change: (error: unknown) => unknown): AsyncGenerator<T> {
  try {
    yield* items;
  } catch (error) {
    throw change(error);
  }
}
