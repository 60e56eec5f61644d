import type { RemoteKind } from '../../kind.js';
import { OPTION_NAMES, optionsOf } from './options.js';

/**
 * PostgreSQL, and databases with its protocol and SQL. A batch is one COPY, in the transaction that also moves the
 * cursor.
 */
export const postgres: RemoteKind = {
  protocols: ['postgres:', 'postgresql:'],
  once: 'exactly once: the position is stored in the transaction of the events',
  options: OPTION_NAMES,
  batch: 50_000,
  check(remote) {
    optionsOf(remote);
  },
  async connect(context) {
    const { PostgresConnection } = await import('./connection.js');
    return PostgresConnection.open(context);
  },
  async read(context) {
    const { PostgresReader } = await import('./reader.js');
    return PostgresReader.open(context);
  },
};
