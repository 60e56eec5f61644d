import { randomBytes } from 'node:crypto';
import { openForWriting } from './store.js';

/** As long as what HMAC-SHA-256 puts out: RFC 2104, section 3. */
const SECRET_BYTES = 32;

/**
 * A secret of the store at `dir`, created at random on first use. The store is created if it does not exist.
 * @throws TelemetryError `failure` when the store cannot be used.
 */
export function storeSecret(dir: string, name: string): Buffer {
  const db = openForWriting(dir);
  try {
    db.prepare('insert into secrets(name, value) values (?, ?) on conflict do nothing').run(
      name,
      randomBytes(SECRET_BYTES),
    );
    return db.prepare<[string], Buffer>('select value from secrets where name = ?').pluck().get(name)!;
  } finally {
    db.close();
  }
}
