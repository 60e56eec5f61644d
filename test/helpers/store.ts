import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { openForReading } from '../../src/store/database/store.js';
import { removeDirectory } from './remove-directory.js';

/** An event as it lies in the store. */
export interface StoredEvent {
  readonly id: number;
  readonly stream_id: number;
  readonly payload: string;
  readonly encoding: string | null;
}

/** A stream as it lies in the store. */
export interface StoredStream {
  readonly id: number;
  readonly ended_at: number | null;
  readonly transport: string;
  readonly path: string;
  readonly remote: string | null;
  readonly headers: string;
  readonly events: number;
}

/** A directory of its own in the system's temporary one; whoever makes it removes it. */
export function makeDirectory(): string {
  return mkdtempSync(join(tmpdir(), 'telemetry-test-'));
}

/** A directory for a store, removed when the test ends. */
export function temporaryStore(): string {
  const dir = makeDirectory();
  onTestFinished(() => removeDirectory(dir));
  return dir;
}

/** Asks the store's file, as any other process may. */
export function readStore<Row>(dir: string, sql: string, ...values: unknown[]): Row[] {
  const db = openForReading(dir);
  try {
    return db.prepare<unknown[], Row>(sql).all(...values);
  } finally {
    db.close();
  }
}

/** All events, or those of one stream, in order. */
export function storedEvents(dir: string, stream?: number): StoredEvent[] {
  return readStore(dir, 'select * from events where ? is null or stream_id = ? order by id', stream ?? null, stream);
}

/** The payloads of all events, or those of one stream, as text. */
export function payloads(dir: string, stream?: number): string[] {
  return storedEvents(dir, stream).map(event => event.payload);
}

export function storedStreams(dir: string): StoredStream[] {
  return readStore(dir, 'select * from streams order by id');
}

/** A loaded machine takes ten times as long as an idle one; this only bounds how long a failure takes. */
const PATIENCE_MS = 120_000;

/** Resolves once a condition holds, which is checked every 10 ms. @throws Error after {@link PATIENCE_MS}. */
export async function until(isSo: () => boolean | Promise<boolean>, what = 'what the test waits for'): Promise<void> {
  const start = Date.now();
  while (!(await isSo())) {
    if (Date.now() - start > PATIENCE_MS) throw new Error(`${what} did not come to be`);
    await sleep(10);
  }
}
