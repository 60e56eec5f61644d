import { copyFileSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { codeOf } from '../../../../core/errors.js';
import { faultPoint } from '../../../../core/fault-point.js';
import { rowsOf } from '../../../../query/result/rows.js';
import type { Session } from '../../../../query/session.js';
import { isoTime } from '../../../../store/archive/as-sent.js';
import { checksumOf, syncPath } from '../../../../store/archive/files.js';
import type { StoreIdentity } from '../../../../store/database/store-identity.js';
import { quoteText } from '../../../../store/sql/text.js';
import { writeObjects, type WrittenObject } from '../../../export/objects.js';
import type { ExportColumn } from '../../../export/request.js';
import type { Batch } from '../../kind.js';
import type { ObjectLayout } from './object-register.js';
import type { ObjectEntry } from './manifest-format.js';
import { cutObject, type CutRange } from './pending-objects.js';

/** Number of digits of an id, and of the hash, in the key of an object. */
const ID_DIGITS = 12;
const HASH_DIGITS = 12;

/** The columns that identify the store of an event; with the id, they are the key of an event. */
export function keyColumns({ id, epoch }: StoreIdentity): ExportColumn[] {
  return [
    { name: 'store_id', type: 'VARCHAR', sql: quoteText(id) },
    { name: 'epoch', type: 'VARCHAR', sql: quoteText(epoch) },
  ];
}

/** The key of an object in the folder of its partition. It contains the hash: other bytes have another key. */
export function keyOf(
  folder: string,
  { first_id, last_id, sha256 }: Pick<ObjectEntry, 'first_id' | 'last_id' | 'sha256'>,
): string {
  const ids = [first_id, last_id].map(id => String(id).padStart(ID_DIGITS, '0'));
  return `${folder}/events-${ids.join('-')}-${sha256.slice(0, HASH_DIGITS)}.parquet`;
}

/**
 * Writes the events of a batch as objects to `folder`, which is emptied first. They are on disk when this resolves.
 */
export async function cutObjects(
  batch: Batch,
  store: StoreIdentity,
  { columns, keepsKeys, prefix }: ObjectLayout,
  folder: string,
): Promise<CutRange> {
  const { session, source, afterId, toId } = batch;
  clear(folder);
  const written = await writeObjects(
    {
      session,
      predicate: { source, sql: 'true', missing: [] },
      columns,
      partitionBy: ['day', 'type'],
      keepsKeys,
      by: 'time',
    },
    { afterId, toId },
    { root: join(batch.folder, 'objects'), unfinished: batch.folder },
  );
  await checkNumber(batch, written);
  faultPoint('objects:written');
  const objects = [];
  for (const object of written) {
    const path = join(batch.folder, 'objects', object.file);
    const entry = await entryOf(object, path, { session, store, afterId, toId, prefix });
    const cut = cutObject(entry);
    moveFile(path, join(folder, cut.localName));
    objects.push(cut);
  }
  syncPath(folder);
  return { afterId, toId, objects };
}

/** @throws Error when objects do not have all events of a batch that are still there. */
async function checkNumber({ session, source, events }: Batch, written: readonly WrittenObject[]): Promise<void> {
  const sum = written.reduce((total, object) => total + object.events, 0);
  if (sum === events) return;
  // Retention may have removed some since they were counted.
  const [row] = await rowsOf(await session.query(`select count(*) from ${source}`));
  if (Number(row![0]) !== sum) throw new Error(`${sum} of ${row![0]} events are in objects`);
}

interface EntryContext {
  readonly session: Session;
  readonly store: StoreIdentity;
  readonly afterId: number;
  readonly toId: number;
  readonly prefix: string;
}

async function entryOf(object: WrittenObject, path: string, context: EntryContext): Promise<ObjectEntry> {
  const { session, store, afterId, toId, prefix } = context;
  const { file, events, bytes, type } = object;
  const bounds = `select ${isoTime('min("time")')}, ${isoTime('max("time")')} from read_parquet(${quoteText(path)})`;
  const [times] = await rowsOf(await session.query(bounds));
  const sha256 = await checksumOf(path);
  return {
    file: keyOf(`${prefix}${dirname(file)}`, { first_id: afterId + 1, last_id: toId, sha256 }),
    store_id: store.id,
    epoch: store.epoch,
    first_id: afterId + 1,
    last_id: toId,
    events,
    bytes,
    sha256,
    day: /^day=([^/]+)/.exec(file)![1]!,
    type: type!,
    min_time: times![0]!,
    max_time: times![1]!,
  };
}

/** Moves a synced file, also to another file system. */
function moveFile(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if (codeOf(error) !== 'EXDEV') throw error;
    copyFileSync(from, to);
    syncPath(to);
    rmSync(from);
  }
}

function clear(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true });
}
