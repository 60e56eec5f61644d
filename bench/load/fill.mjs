// Fills a server with events of which no two are the same: node fill.mjs '{"port":4318,"events":1000000,"file":"events.ndjson"}'
// With a file, it is written as well. Prints { events, bytes } as JSON.
import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { eventBatches } from '../lib/events.mjs';
import { openConnection } from './connection.mjs';
import { requestOf } from './requests.mjs';

const { port, events, file } = JSON.parse(process.argv[2]);
const connection = await openConnection(port);
const copy = file === undefined ? undefined : createWriteStream(file);
let bytes = 0;
for (const batch of eventBatches(events, 2000)) {
  const body = batch.join('\n') + '\n';
  bytes += Buffer.byteLength(body);
  if (copy && !copy.write(body)) await once(copy, 'drain');
  const reply = await connection.post(requestOf(port, body));
  if (Number(reply) !== batch.length) throw new Error(`posted ${batch.length} events, the reply was "${reply}"`);
}
connection.close();
if (copy) {
  copy.end();
  await once(copy, 'close');
}
process.stdout.write(JSON.stringify({ events, bytes }));
