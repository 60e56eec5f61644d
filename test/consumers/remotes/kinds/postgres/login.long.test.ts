import { chownSync, chmodSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { postgres } from '../../../../../src/consumers/remotes/kinds/postgres/kind.js';
import { passwordInFile } from '../../../../../src/consumers/remotes/kinds/postgres/password-file.js';
import { makeAuthority, makeCertificate, type CertificateFiles } from '../../../../helpers/certificates.js';
import { openTestJournal } from '../../../../helpers/journal.js';
import { startPostgres, type TestPostgres } from '../../../../helpers/postgres.js';
import { addRemote, connectRemote, forwardTo, openReader, remoteOf } from '../../../../helpers/remotes.js';
import { makeDirectory, temporaryStore } from '../../../../helpers/store.js';

let server: TestPostgres;
let missing: string | undefined;
/** The certificate of the authority that signed those of the server and of the role that writes. */
let authority = '';
let clientFiles: CertificateFiles;

const PASSWORD = 'pässword: 1';
const VARIABLES = ['PGPASSFILE', 'PG_TEST_SECRET'];

/** Only the superuser of the tests logs in without more, all others by a rule of pg_hba.conf. */
async function demand(
  encryption: 'host' | 'hostssl',
  method: 'scram-sha-256' | 'cert' = 'scram-sha-256',
): Promise<void> {
  const rules = `host all telemetry 127.0.0.1/32 trust\n${encryption} all all 127.0.0.1/32 ${method}\n`;
  writeFileSync(join(server.engine.values.DIR!, 'data', 'pg_hba.conf'), rules);
  await server.ask('select pg_reload_conf()');
}

/** Gives the server a certificate for `localhost`. */
async function enableTls(): Promise<void> {
  const data = join(server.engine.values.DIR!, 'data');
  const files = makeDirectory();
  const { cert: root, key } = makeAuthority(files, 'authority');
  const own = makeCertificate(files, 'localhost', { cert: root, key });
  authority = root;
  clientFiles = makeCertificate(files, 'writer', { cert: root, key });
  const { uid, gid } = statSync(data);
  for (const [setting, file] of [
    ['ssl_cert_file', own.cert],
    ['ssl_key_file', own.key],
    ['ssl_ca_file', root],
  ] as const) {
    if (file !== root) chmodSync(file, 0o600);
    chownSync(file, uid, gid);
    await server.ask(`alter system set ${setting} = '${file}'`);
  }
  chmodSync(files, 0o755);
  await server.ask('alter system set ssl = on');
}

beforeAll(async () => {
  const started = await startPostgres();
  if ('missing' in started) {
    missing = started.missing;
    return;
  }
  server = started;
  await server.ask(`create role writer login password '${PASSWORD}'`);
  await server.ask('grant create, usage on schema public to writer');
  await enableTls();
});
afterAll(async () => {
  if (missing === undefined) await server.stop();
});
beforeEach(async context => {
  if (missing !== undefined) context.skip(missing);
  await server.ask('drop table if exists events');
  await demand('host');
});
afterEach(() => {
  for (const name of VARIABLES) Reflect.deleteProperty(process.env, name);
});

function storeWithEvents(): string {
  const dir = temporaryStore();
  const journal = openTestJournal(dir);
  journal.appendText(['{"n":1}', '{"n":2}']);
  journal.close();
  return dir;
}

/** A URL of the role that writes. @param query such as `sslmode=require`. */
function urlOf(password: string | undefined, query = '', host = '127.0.0.1'): string {
  const url = new URL(server.url);
  url.username = 'writer';
  url.password = password === undefined ? '' : encodeURIComponent(password);
  url.host = `${host}:${url.port}`;
  url.search = query;
  return url.href;
}

async function forwardBy(url: string): Promise<unknown> {
  const dir = storeWithEvents();
  addRemote(dir, 'pg', url);
  return forwardTo(dir, 'pg');
}

const SENT = { events: 2, waiting: 0 };

/** A file as PGPASSFILE names it. */
function passwordFile(user: string, password: string): string {
  const dir = temporaryStore();
  mkdirSync(dir, { recursive: true });
  const file = join(dir, 'pgpass');
  const { port } = new URL(server.url);
  writeFileSync(file, `127.0.0.1:${port}:postgres:${user}:${password.replaceAll(':', '\\:')}\n`, { mode: 0o600 });
  return file;
}

describe('a role that logs in with SCRAM-SHA-256', () => {
  test('given its password in the URL, then events arrive', async () => {
    expect(await forwardBy(urlOf(PASSWORD))).toMatchObject(SENT);
    expect(
      await server.ask('select rolpassword like $1 as scram from pg_authid where rolname = $2', ['SCRAM%', 'writer']),
    ).toEqual([{ scram: true }]);
  });

  test('given another password or none, then the error does not show it', async () => {
    const error = await forwardBy(urlOf('wr0ng')).catch(String);
    expect(error).toMatch(/password authentication failed for user "writer"/);
    expect(error).not.toContain('wr0ng');
    await expect(forwardBy(urlOf(undefined))).rejects.toThrow(/password/);
  });

  test('given its password in the file of PGPASSFILE, then events arrive', async () => {
    process.env.PGPASSFILE = passwordFile('writer', PASSWORD);
    expect(await forwardBy(urlOf(undefined))).toMatchObject(SENT);
  });

  test('given a file of PGPASSFILE that others may read, then the error says so', async () => {
    process.env.PGPASSFILE = passwordFile('writer', PASSWORD);
    chmodSync(process.env.PGPASSFILE, 0o644);
    await expect(forwardBy(urlOf(undefined))).rejects.toThrow(/others may read the passwords/);
  });

  test.each([
    ['# *:*:*:*:no\n*:*:*:*:yes', 'yes'],
    ['h:5432:db:me:no\n127.0.0.1:5432:db:me:yes', 'yes'],
    ['127.0.0.1:1:db:me:no\n127.0.0.1:*:db:m\\:e:no\n127.0.0.1:*:d\\b:me:a\\:b\\\\c:', 'a:b\\c'],
    ['127.0.0.1:5432:db', undefined],
    ['', undefined],
  ])('given the file %j, then the password is %j', (content, password) => {
    const file = passwordFile('writer', PASSWORD);
    writeFileSync(file, content);
    const url = new URL('postgres://me@127.0.0.1/db');
    expect(passwordInFile(url, { PGPASSFILE: file })).toBe(password);
  });

  test('given its password in a variable, then events arrive while it is set', async () => {
    const url = urlOf('env:PG_TEST_SECRET');
    await expect(forwardBy(url)).rejects.toThrow(/PG_TEST_SECRET/);
    process.env.PG_TEST_SECRET = PASSWORD;
    expect(await forwardBy(url)).toMatchObject(SENT);
  });

  test('given a reader in the file of PGPASSFILE, then it answers SQL', async () => {
    const dir = storeWithEvents();
    addRemote(dir, 'pg', urlOf(PASSWORD), { options: { reader: 'looker' } });
    await forwardTo(dir, 'pg');
    await server.ask(`drop role if exists looker`);
    await server.ask(`create role looker login password 'another'`);
    await server.ask('grant select on events to looker');
    process.env.PGPASSFILE = passwordFile('looker', 'another');
    const reader = await openReader(dir, 'pg');
    const rows: unknown[] = [];
    for await (const batch of (await reader.query('select current_user, count(*) from events')).batches)
      rows.push(...batch);
    await reader.close();
    await server.ask('drop owned by looker; drop role looker');
    expect(rows).toEqual([['looker', '2']]);
  });
});

describe('a server that asks for TLS', () => {
  beforeEach(() => demand('hostssl'));

  test('given no sslmode, then the error says that encryption is missing', async () => {
    await expect(forwardBy(urlOf(PASSWORD))).rejects.toThrow(/no encryption/);
  });

  test('given sslmode=require, then events arrive over TLS', async () => {
    const connection = await connectRemote(storeWithEvents(), postgres, remoteOf(urlOf(PASSWORD, 'sslmode=require')));
    expect(
      await server.ask(
        `select ssl from pg_stat_ssl join pg_stat_activity using (pid) where usename = 'writer' and application_name = 'telemetry'`,
      ),
    ).toEqual([{ ssl: true }]);
    await connection.close();
    expect(await forwardBy(urlOf(PASSWORD, 'sslmode=require'))).toMatchObject(SENT);
  });

  test('given sslmode=verify-full, then the authority and the host count', async () => {
    const full = `sslmode=verify-full&sslrootcert=${encodeURIComponent(authority)}`;
    expect(await forwardBy(urlOf(PASSWORD, full, 'localhost'))).toMatchObject(SENT);
    await expect(forwardBy(urlOf(PASSWORD, full))).rejects.toThrow(/does not match|altnames/i);
    await expect(forwardBy(urlOf(PASSWORD, 'sslmode=verify-full', 'localhost'))).rejects.toThrow(/certificate/);
  });

  test('given sslcert and sslkey, then a client certificate replaces the password', async () => {
    await demand('hostssl', 'cert');
    const trusted = { sslmode: 'verify-full', sslrootcert: authority };
    const { cert, key } = clientFiles;
    const withFiles = new URLSearchParams({ ...trusted, sslcert: cert, sslkey: key }).toString();
    expect(await forwardBy(urlOf(undefined, withFiles, 'localhost'))).toMatchObject(SENT);
    const without = new URLSearchParams(trusted).toString();
    await expect(forwardBy(urlOf(PASSWORD, without, 'localhost'))).rejects.toThrow(/valid client certificate/);
  });
});
