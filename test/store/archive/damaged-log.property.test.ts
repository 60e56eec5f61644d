import { cpSync, mkdirSync, readFileSync, writeFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { rowsOf } from '../../../src/query/result/rows.js';
import { openSession } from '../../../src/query/session.js';
import { openSealedRows } from '../../../src/store/journal/trim.js';
import { compactArchive } from '../../../src/store/archive/maintain/compact-archive.js';
import { verifyStore } from '../../../src/store/archive/maintain/verify.js';
import { DEFAULT_TUNING } from '../../../src/core/limits.js';
import { openForReading } from '../../../src/store/database/store.js';
import { seal } from '../../helpers/archive.js';
import { openTestJournal } from '../../helpers/journal.js';
import { makeDirectory } from '../../helpers/store.js';
import { propertyRuns } from '../../helpers/property-runs.js';
import { removeDirectory } from '../../helpers/remove-directory.js';

const ROUNDS = 5;
const EVENTS_A_ROUND = 40;
const DAMAGES = propertyRuns(6);

const options = (dir: string) => ({ dir, ...DEFAULT_TUNING, now: () => Date.now() * 1000 });
const never = (): AbortSignal => new AbortController().signal;

const textOf = (n: number): string => JSON.stringify({ n, pad: 'x'.repeat(n % 50) });

/** A crash at each of these moments leaves what is in the copies. */
async function imagesOf(kind: string): Promise<{ images: string[]; root: string }> {
  const root = makeDirectory();
  const store = join(root, 'store');
  const journal = openTestJournal(store);
  // As long as a connection is open, the end of another does not fold the log into the database.
  const open = openForReading(store);
  const images: string[] = [];
  // The store itself is in the database, not in the log alone.
  open.pragma('query_only = off');
  open.pragma('wal_checkpoint(truncate)');
  const image = (): void => {
    const copy = join(root, `image-${images.length}`);
    mkdirSync(copy);
    for (const name of ['telemetry.db', 'telemetry.db-wal', 'archive']) {
      if (existsSync(join(store, name))) cpSync(join(store, name), join(copy, name), { recursive: true });
    }
    images.push(copy);
  };
  try {
    for (let round = 0; round < ROUNDS; round++) {
      const first = round * EVENTS_A_ROUND;
      journal.append(Array.from({ length: EVENTS_A_ROUND }, (_, i) => JSON.parse(textOf(first + i)) as unknown));
      if (round % 2 === 0) image();
      await seal(store, undefined, kind);
      image();
      const rows = openSealedRows(store);
      await rows.trim({ signal: never(), isShared: () => true, shrinks: round % 2 === 1 });
      rows.close();
      image();
      if (round === 0) continue;
      await compactArchive(options(store), never());
      image();
    }
  } finally {
    open.close();
    journal.close();
  }
  return { images, root };
}

const damage = fc.record({
  image: fc.nat(),
  from: fc.double({ min: 0, max: 1, noNaN: true }),
  length: fc.double({ min: 0, max: 1, noNaN: true }),
  cuts: fc.boolean(),
});

test.each(['parquet', 'duckdb'])(
  'a log that is cut or zeroed anywhere leaves an exact prefix of the events: %s',
  { timeout: 300_000 },
  async kind => {
    const { images, root } = await imagesOf(kind);
    onTestFinished(() => removeDirectory(root));
    let n = 0;
    await fc.assert(
      fc.asyncProperty(damage, async ({ image, from, length, cuts }) => {
        const dir = join(root, `damaged-${n++}`);
        cpSync(images[image % images.length]!, dir, { recursive: true });
        const log = join(dir, 'telemetry.db-wal');
        const bytes = readFileSync(log);
        const start = Math.floor(from * bytes.length);
        if (!cuts) bytes.fill(0, start, Math.min(bytes.length, start + 1 + Math.floor(length * bytes.length)));
        writeFileSync(log, cuts ? bytes.subarray(0, start) : bytes);

        const session = await openSession({ dir });
        let payloads: (string | null)[];
        try {
          const rows = await rowsOf(await session.query('select payload from events order by id'));
          payloads = rows.map(([payload]) => payload!);
        } finally {
          session.close();
        }
        expect(payloads).toEqual(payloads.map((_, i) => textOf(i)));
        const { findings } = await verifyStore({ ...options(dir), isDeep: true, repairs: false }, never());
        expect(findings.filter(({ isLeftover }) => !isLeftover)).toEqual([]);
        removeDirectory(dir);
      }),
      { numRuns: DAMAGES },
    );
  },
);
