import { closeSync, openSync, readSync } from 'node:fs';
import type { Database } from 'better-sqlite3';
import { codeOf } from '../../core/errors.js';

/** Number of attempts at a checkpoint, and the pause between two: tails and queries hold a snapshot for about 50 ms. */
const TRIES = 20;
const PAUSE_MS = 10;

/** Offset of the salts in the log, which change when it is written from its start again (SQLite file format, 4.1). */
const SALT_OFFSET = 16;
const SALT_BYTES = 8;

/**
 * True once every change that was committed before the call is in the database file, synced, so that the log may be lost.
 * False where readers, another checkpoint or a full disk keep it from that for now.
 */
export function isCheckpointed(db: Database): boolean {
  const file = `${db.name}-wal`;
  const sleeper = new Int32Array(new SharedArrayBuffer(4));
  const salt = saltOf(file);
  let wanted: number | undefined;
  for (let tries = 0; tries < TRIES; tries++) {
    const done = checkpoint(db);
    if (done) {
      wanted ??= done.log;
      // A log that begins again has been copied whole before.
      if (done.copied >= wanted || saltOf(file) !== salt) return true;
    }
    Atomics.wait(sleeper, 0, 0, PAUSE_MS);
  }
  return false;
}

/** Copies what no reader still needs. Returns the frames of the log and those that are copied; undefined where it cannot. */
function checkpoint(db: Database): { log: number; copied: number } | undefined {
  try {
    const [result] = db.pragma('wal_checkpoint(passive)') as { busy: number; log: number; checkpointed: number }[];
    // Another process is at it: it may not sync what it copied before this returns.
    if (result?.busy !== 0 || result.log < 0) return undefined;
    return { log: result.log, copied: result.checkpointed };
  } catch (error) {
    if (codeOf(error)?.startsWith('SQLITE_')) return undefined;
    throw error;
  }
}

function saltOf(file: string): string {
  const salt = Buffer.alloc(SALT_BYTES);
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file, 'r');
    readSync(descriptor, salt, 0, SALT_BYTES, SALT_OFFSET);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
  return salt.toString('hex');
}
