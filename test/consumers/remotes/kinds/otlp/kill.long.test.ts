import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, test } from 'vitest';
import { forwardCommand, killForwarderAt, killForwarders, startForwarder } from '../../../../helpers/forwarder.js';
import { openTestJournal } from '../../../../helpers/journal.js';
import { freePort } from '../../../../helpers/programs.js';
import { addRemote } from '../../../../helpers/remotes.js';
import { endServers, serve, type ServeSetup } from '../../../../helpers/server.js';
import { serveInProcess } from '../../../../helpers/server-in-process.js';
import { payloads, readStore, temporaryStore, until } from '../../../../helpers/store.js';

afterAll(endServers);

const EVENTS = 600;
const BATCH = 150;

/** Spans, data points and log records in turn: a batch is at least three requests. */
function lineOf(n: number): string {
  const hex = n.toString(16);
  if (n % 3 === 0) {
    const ids = `"trace_id":"${hex.padStart(32, 'a')}","span_id":"${hex.padStart(16, 'b')}"`;
    return `{"type":"trace","name":"op",${ids},"duration_ms":1,"n":${n}}`;
  }
  return n % 3 === 1
    ? `{"type":"metric","metric_name":"m","metric_value":${n},"n":${n}}`
    : `{"type":"log","message":"event ${n}","n":${n}}`;
}

type Ports = readonly [string, string];

function setupAt(ports: Ports, store = temporaryStore()): ServeSetup {
  return { store, args: ['--port', ports[0], '--otlp-grpc', `127.0.0.1:${ports[1]}`] };
}

const freePorts = async (): Promise<[string, string]> => [String(await freePort()), String(await freePort())];

function filledStore(url: string, batch = BATCH): string {
  const dir = temporaryStore();
  const journal = openTestJournal(dir);
  journal.appendText(Array.from({ length: EVENTS }, (_, n) => lineOf(n)));
  journal.close();
  addRemote(dir, 'far', url, { batch });
  return dir;
}

/** Each event has arrived; a log record once, and of the others at most a batch again for each kill. */
function expectAll(store: string, kills: number, batch = BATCH): void {
  const arrived = payloads(store).map(payload => (JSON.parse(payload) as { n: number }).n);
  expect(new Set(arrived).size).toBe(EVENTS);
  expect(arrived.length).toBeLessThanOrEqual(EVENTS + kills * batch);
  expect(arrived.filter(n => n % 3 === 2)).toHaveLength(EVENTS / 3);
}

const urlOf = (protocol: string, [http, grpc]: Ports): string =>
  `${protocol}://127.0.0.1:${protocol === 'otlp' ? http : grpc}`;

describe.each(['otlp', 'otlp+grpc'])('a forwarder by %s that is killed', protocol => {
  test.each(['forward:begun', 'forward:posted', 'forward:sent'])(
    'at %s loses nothing and repeats at most a batch',
    async fault => {
      const ports = await freePorts();
      const to = await serveInProcess(setupAt(ports));
      const dir = filledStore(urlOf(protocol, ports));
      await killForwarderAt(fault, dir, 'far', 2);

      expectAll(to.store, 2);
      expect(readStore(dir, 'select cursor_id from remotes')).toEqual([{ cursor_id: EVENTS }]);
    },
  );

  test('at random moments loses nothing', async () => {
    const ports = await freePorts();
    const to = await serveInProcess(setupAt(ports));
    const dir = filledStore(urlOf(protocol, ports), 30);
    await killForwarders(dir, 'far', 3);

    expectAll(to.store, 3, 30);
  });

  test('at its other end loses nothing and repeats at most a batch', async () => {
    const ports = await freePorts();
    let to = await serve(setupAt(ports));
    const dir = filledStore(urlOf(protocol, ports), 30);
    const forwarder = startForwarder(dir, 'far');
    for (const events of [100, 300]) {
      await until(() => payloads(to.store).length >= events);
      await to.end('SIGKILL');
      await sleep(Math.random() * 200);
      to = await serve(setupAt(ports, to.store));
    }
    await forwarder.kill();
    expect(await forwardCommand(dir, 'far')).toMatchObject({ code: 0 });

    expectAll(to.store, 3, 30);
  });
});
