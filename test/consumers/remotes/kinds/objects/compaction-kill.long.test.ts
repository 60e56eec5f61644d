import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { forwardCommand as forwardFar } from '../../../../helpers/forwarder.js';
import { endServers, serve } from '../../../../helpers/server.js';
import { readStore, until } from '../../../../helpers/store.js';
import { addRemote, askObjects, entriesIn, forward, makeStore, numbered, parquetIn, place, rootIn } from './fixture.js';
import { Gateway, noGateway } from './gateway.js';

afterAll(endServers);

/** The steps of a merge, in their order. The last one leaves nothing to merge. */
const FAULTS = ['objects:merged', 'objects:merged-put', 'objects:replaced'];

const EACH = 'select count(*), count(distinct id), sum(n) from events';
const sumTo = (n: number): string => String((n * (n + 1)) / 2);

/** A place for objects, as a remote and as a folder. */
interface Place {
  readonly url: string;
  readonly lake: string;
  readonly options: Readonly<Record<string, string>>;
}

/** Kills the forwarding process of a server in the middle of merges, and lets another one finish. */
async function killMerges({ url, lake, options }: Place): Promise<void> {
  const store = join(place(), 'store');
  makeStore(store, numbered(1, 40));
  addRemote(store, 'lake', url, { batch: 5, options });
  await forward(store);
  expect(entriesIn(lake)).toHaveLength(8);
  for (const [i, fault] of FAULTS.entries()) {
    // It waits for a batch while the server merges.
    makeStore(store, numbered(41 + i, 41 + i));
    const server = await serve({ store, env: { TELEMETRY_FAULT: fault } });
    await until(() => server.said().includes('cannot forward events, retrying'), `the kill at ${fault}`);
    await server.end();
    expect(await askObjects(lake, EACH)).toEqual([['40', '40', sumTo(40)]]);
    expect(entriesIn(lake)).toHaveLength(fault === 'objects:replaced' ? 1 : 8);
  }
  makeStore(store, numbered(44, 44));
  const server = await serve({ store });
  await until(() => readStore(store, 'select * from remote_objects').length === 0, 'the end of the merges');
  expect(await forwardFar(store, 'lake')).toMatchObject({ code: 0 });
  await server.end();

  expect(await askObjects(lake, EACH)).toEqual([['44', '44', sumTo(44)]]);
  const named = [...entriesIn(lake), ...rootIn(lake).replaced].map(({ file }) => file);
  expect(parquetIn(lake)).toEqual(named.sort());
}

test('given a folder and a server killed while it merges, then each event is there once', async () => {
  const lake = join(place(), 'lake');
  await killMerges({ url: `file://${lake}`, lake, options: {} });
});

describe.skipIf(noGateway)(`a bucket${noGateway === undefined ? '' : ` (${noGateway})`}`, () => {
  let gateway: Gateway;
  beforeAll(() => {
    gateway = new Gateway();
  });
  afterAll(() => gateway.stop());

  test('given a server killed while it merges, then each event is there once', async () => {
    const lake = join(gateway.bucketFolder, 'merged');
    await killMerges({ url: gateway.url('merged'), lake, options: { endpoint: gateway.endpoint } });
  });
});

test('given small objects, then a running server merges them while others arrive', async () => {
  const lake = join(place(), 'lake');
  const store = join(place(), 'store');
  makeStore(store, numbered(1, 16));
  addRemote(store, 'lake', `file://${lake}`, { batch: 2 });
  const server = await serve({ store });
  await until(() => entriesIn(lake).some(({ events }) => events === 16), 'the merged object');
  makeStore(store, numbered(17, 20));
  expect(await forwardFar(store, 'lake')).toMatchObject({ code: 0 });
  await server.end();

  expect(await askObjects(lake, EACH)).toEqual([['20', '20', sumTo(20)]]);
});
