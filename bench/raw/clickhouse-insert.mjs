// Inserts a Parquet file into a table of ClickHouse: URL TABLE FILE COLUMNS
import { createReadStream } from 'node:fs';
import { createClient } from '@clickhouse/client';

const [url, table, file, columns] = process.argv.slice(2);
const client = createClient({ url, request_timeout: 600_000 });
await client.insert({
  table,
  columns: columns.split(','),
  values: createReadStream(file, { highWaterMark: 1024 * 1024 }),
  format: 'Parquet',
  clickhouse_settings: { async_insert: 0, insert_deduplicate: 0 },
});
await client.close();
