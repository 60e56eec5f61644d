import { execFile } from 'node:child_process';
import { createReadStream, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { telemetry } from '../lib/archived-store.mjs';
import { encodedEvents } from '../lib/encoded-events.mjs';
import { withEncoders } from '../lib/encoders.mjs';
import { folderIn } from '../lib/scratch.mjs';
import { startTelemetry } from '../lib/server.mjs';
import { openConnection } from '../load/connection.mjs';
import { requestOf } from '../load/requests.mjs';

const EVENTS = 100_000;
const BATCH = 2000;

/** The archive against zstd, for the same events as each encoder writes them. */
export const encoders = {
  name: 'encoders',
  what: 'bytes of the archive of 100,000 events against `zstd -3` of the same NDJSON, as each encoder writes them; every payload rebuilt and equal',
  bound: 'at most 0.6 each',
  rounds: 1,
  async round(scratch) {
    const file = join(scratch, 'events.ndjson');
    writeFileSync(file, encodedEvents(EVENTS).join('\n') + '\n');
    const results = [];
    const absent = await withEncoders(scratch, file, async (name, texts) => {
      process.stderr.write(`  ${name}\n`);
      results.push({ name, ...(await archived(folderIn(scratch, 'encoder'), texts)) });
    });
    return { results, absent };
  },
  report([{ results, absent }]) {
    const most = Math.max(...results.map(({ ratio }) => ratio));
    const list = results.map(
      ({ name, ratio, isEqual }) => `${name} ${ratio.toFixed(2)}${isEqual ? '' : ' PAYLOADS DIFFER'}`,
    );
    return {
      figure: most.toFixed(2),
      isMet: most <= 0.6 && results.every(({ isEqual }) => isEqual),
      detail: `${list.join('; ')}${absent.length === 0 ? '' : `; not at hand: ${absent.join(', ')}`}`,
    };
  },
};

async function archived(scratch, texts) {
  const file = join(scratch, 'events.ndjson');
  writeFileSync(file, texts.join('\n') + '\n');
  const store = join(scratch, 'store');
  const server = await startTelemetry(store, ['--seal-events', '1000000000', '--seal-after', '999d']);
  try {
    const connection = await openConnection(server.port);
    for (let from = 0; from < texts.length; from += BATCH) {
      const batch = texts.slice(from, from + BATCH);
      const reply = await connection.post(requestOf(server.port, batch.join('\n') + '\n'));
      if (Number(reply) !== batch.length) throw new Error(`posted ${batch.length} events, the reply was "${reply}"`);
    }
    connection.close();
  } finally {
    await server.stop();
  }
  await telemetry(store, 'seal');
  await promisify(execFile)('zstd', ['-3', '-q', file, '-o', join(scratch, 'events.zst')]);
  return {
    ratio: bytesOf(join(store, 'archive')) / statSync(join(scratch, 'events.zst')).size,
    isEqual: await isRebuilt(store, join(scratch, 'rebuilt.ndjson'), texts),
  };
}

async function isRebuilt(store, file, texts) {
  const sql = 'select payload::varchar as text from events order by id';
  await telemetry(store, 'query', sql, '--format', 'ndjson', '--out', file);
  let at = 0;
  for await (const line of createInterface({ input: createReadStream(file) })) {
    if (JSON.parse(line).text !== texts[at++]) return false;
  }
  return at === texts.length;
}

function bytesOf(folder) {
  return readdirSync(folder, { recursive: true })
    .map(name => statSync(join(folder, name)))
    .reduce((sum, stat) => sum + (stat.isFile() ? stat.size : 0), 0);
}
