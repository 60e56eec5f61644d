import type { RemoteKind } from '../../kind.js';
import { OPTION_NAMES, optionsOf } from './options.js';

/**
 * ClickHouse over HTTP. A batch is one insert with a token made of its ids; the table keeps the tokens of the last
 * inserts, and ignores an insert whose token it knows.
 */
export const clickhouse: RemoteKind = {
  protocols: ['clickhouse:', 'https+clickhouse:'],
  once: "exactly once within the table's deduplication window: a batch is sent again with the token that its ids have",
  options: OPTION_NAMES,
  batch: 100_000,
  keepsBatches: true,
  check(remote) {
    optionsOf(remote);
  },
  async connect(context) {
    const { ClickHouseConnection } = await import('./connection.js');
    return ClickHouseConnection.open(context);
  },
  async read(context) {
    const { ClickHouseReader } = await import('./reader.js');
    return ClickHouseReader.open(context);
  },
};
