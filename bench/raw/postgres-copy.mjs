// The raw operation of forwarding to PostgreSQL: a COPY of the same rows into a table of the same definition.
// node postgres-copy.mjs URL TABLE events.csv
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import copyStreams from 'pg-copy-streams';

const [, , url, table, file] = process.argv;
const client = new pg.Client(url);
await client.connect();
const copy = client.query(copyStreams.from(`copy ${table} from stdin (format csv)`));
await pipeline(createReadStream(file, { highWaterMark: 1024 * 1024 }), copy);
await client.end();
