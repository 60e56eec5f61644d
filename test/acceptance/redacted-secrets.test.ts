import fc from 'fast-check';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { telemetry } from '../cli/command.js';
import { dial } from '../helpers/acks.js';
import { seal } from '../helpers/archive.js';
import { fakeSecrets, type FakeSecret } from '../helpers/fake-secrets.js';
import { post } from '../helpers/http.js';
import { serveInProcess } from '../helpers/server-in-process.js';
import { makeDirectory, payloads, storedStreams, temporaryStore } from '../helpers/store.js';
import { removeDirectory } from '../helpers/remove-directory.js';

/** Every byte of a store, folders included. */
function bytesOf(store: string): Buffer {
  return Buffer.concat(
    readdirSync(store, { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile())
      .map(entry => readFileSync(join(entry.parentPath, entry.name))),
  );
}

/** Returns the secrets that are in some bytes, as it is or as JSON, a URL or base64 writes it. */
function found(secrets: readonly FakeSecret[], bytes: Buffer): FakeSecret[] {
  return secrets.filter(({ needle }) => {
    const json = JSON.stringify(needle).slice(1, -1);
    const base64 = Buffer.from(`${needle}   `).toString('base64').slice(4, -4);
    return [needle, json, json.replaceAll('/', '\\/'), encodeURIComponent(needle), base64].some(text =>
      bytes.includes(text),
    );
  });
}

/** Ways to write an event that holds a secret, and what of it has to stay. */
const EVENTS: readonly ((text: string) => string)[] = [
  text => `{"kept": 1.50, "msg":${JSON.stringify(`it is ${text}, ok`)}}`,
  text => `{"kept": 1.50, "nested":${JSON.stringify(JSON.stringify({ deep: [{ text }] }))}}`,
  text => `{"kept": 1.50, "url":${JSON.stringify(`https://x.example/a?q=${encodeURIComponent(text)}&r=1`)}}`,
  text => `{"kept": 1.50, "php":${JSON.stringify(` ${text} `).replaceAll('/', '\\/')}}`,
  text => `{"kept": 1.50, "list":["-",{"of":${JSON.stringify(text)}}]}`,
];

test('what a detector names is in no file of the store, and all else is as it was sent', async () => {
  const secrets = fc.sample(fakeSecrets, 60);
  const store = temporaryStore();
  const server = await serveInProcess({
    store,
    args: ['--redact', 'secrets,email,ip,credit-card', '--archive', 'csv', '--seal-after', '1h'],
  });
  onTestFinished(() => void server.end());

  const lines = secrets.flatMap(({ text }) => EVENTS.map(event => event(text)));
  expect(await post(server.url, lines.join('\n'))).toMatchObject({ body: `${lines.length}\n` });
  const plain = secrets.map(({ text }) => `it is ${text.replaceAll(/[\r\n]+/g, ' ')}`);
  await post(server.url, `${plain.join('\n')}\n`, { 'content-type': 'text/plain' });
  for (const { text } of secrets.slice(0, 20)) {
    const note = await dial(
      server.url,
      { 'x-note': text.replaceAll(/[^\x20-\x7e]+/g, ' ') },
      `/of/${encodeURIComponent(text)}`,
    );
    note.send('{}');
    await note.acked(1);
    note.socket.terminate();
  }
  const socket = await dial(server.url);
  for (const { text } of secrets) socket.send(Buffer.from(`\xff it is ${text} \xff`, 'latin1'));
  await socket.acked(secrets.length);
  socket.socket.terminate();

  expect(found(secrets, bytesOf(store))).toEqual([]);
  const stored = payloads(store);
  expect(stored.filter(payload => payload.startsWith('{"kept": 1.50, ')).length).toBe(lines.length);
  expect(stored.filter(payload => /\[[a-z-]+\]/.test(payload)).length).toBeGreaterThanOrEqual(lines.length);
  expect(storedStreams(store).some(({ path }) => /\/of\/\[[a-z-]+\]/.test(path))).toBe(true);
  expect(await server.end()).toBe(0);

  const upTo = Math.floor(stored.length / 2);
  await seal(store, upTo, 'csv');
  await seal(store, Number.MAX_SAFE_INTEGER, 'parquet');
  expect(found(secrets, bytesOf(store))).toEqual([]);
  const cwd = makeDirectory();
  onTestFinished(() => removeDirectory(cwd));
  const { code, out } = await telemetry(['query', 'select * from events', '--format', 'ndjson', '--store', store], {
    cwd,
  });
  expect(code).toBe(0);
  expect(out.trim().split('\n')).toHaveLength(stored.length);
  expect(found(secrets, Buffer.from(out))).toEqual([]);
});
