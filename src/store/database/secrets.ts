import { randomBytes } from 'node:crypto';
import { openForWriting } from './store.js';

/** As long as what HMAC-SHA-256 puts out: RFC 2104, section 3. */
const SECRET_BYTES = 32;

/**
 * A secret that the store at `dir` keeps, made at random the first time that it is asked for. The store is created when
 * there is none yet.
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
