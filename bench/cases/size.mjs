import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { archivedStore, telemetry } from '../lib/archived-store.mjs';

const EVENTS = 1_000_000;

/** The whole store against zstd, and every payload rebuilt and compared. */
export const size = {
  name: 'size',
  what: 'bytes an event of the whole store directory, a mix of wide events, against `zstd -3` of the same NDJSON; every payload rebuilt and equal',
  bound: 'at most 0.6',
  rounds: 1,
  async round(scratch) {
    const { store, file } = await archivedStore(EVENTS);
    const rebuilt = join(scratch, 'rebuilt.ndjson');
    await telemetry(store, 'query', 'select payload from events order by id', '--format', 'csv', '--out', rebuilt);
    await promisify(execFile)('zstd', ['-3', '-q', file, '-o', join(scratch, 'events.zst')]);
    return {
      ours: bytesOf(store) / EVENTS,
      raw: statSync(join(scratch, 'events.zst')).size / EVENTS,
      isEqual: (await hashOf(rebuilt, uncsv)) === (await hashOf(file, text => text)),
    };
  },
  report([{ ours, raw, isEqual }]) {
    return {
      figure: (ours / raw).toFixed(2),
      isMet: isEqual && ours / raw <= 0.6,
      detail: `${ours.toFixed(1)} against ${raw.toFixed(1)} bytes an event${isEqual ? '' : '; PAYLOADS DIFFER'}`,
    };
  },
};

function bytesOf(folder) {
  return readdirSync(folder, { recursive: true })
    .map(name => statSync(join(folder, name)))
    .reduce((sum, stat) => sum + (stat.isFile() ? stat.size : 0), 0);
}

async function hashOf(file, lineOf) {
  const hash = createHash('sha256');
  let rest = '';
  for await (const chunk of createReadStream(file, 'utf8')) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop();
    for (const line of lines) hash.update(lineOf(line));
  }
  return hash.digest('hex');
}

/** The one cell of a CSV row; nothing of the header. */
function uncsv(line) {
  if (line.startsWith('"')) return line.slice(1, line.lastIndexOf('"')).replaceAll('""', '"');
  return line.trim() === 'payload' ? '' : line.trimEnd();
}
