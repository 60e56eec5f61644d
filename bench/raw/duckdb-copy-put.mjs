// The raw operation of forwarding to a bucket: DuckDB's own copy of a Parquet file of the same rows and columns, and a PUT.
// node duckdb-copy-put.mjs events.parquet out.parquet '{"endpoint":"...","bucket":"...","key":"...","secret":"..."}'
import { createReadStream, statSync } from 'node:fs';
import { DuckDBInstance } from '@duckdb/node-api';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';

const [, , file, out, place] = process.argv;
const { endpoint, bucket, key, secret } = JSON.parse(place);
const connection = await (await DuckDBInstance.create(':memory:')).connect();
const text = path => `'${path.replaceAll("'", "''")}'`;
await connection.run(
  `copy (from ${text(file)}) to ${text(out)} (format parquet, compression zstd, parquet_version v2)`,
);
const client = new S3Client({
  endpoint,
  region: 'us-east-1',
  forcePathStyle: true,
  credentials: { accessKeyId: key, secretAccessKey: secret },
});
const ContentLength = statSync(out).size;
await client.send(
  new PutObjectCommand({ Bucket: bucket, Key: 'raw.parquet', Body: createReadStream(out), ContentLength }),
);
client.destroy();
