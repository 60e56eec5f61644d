import { expect, test } from 'vitest';
import { commandInProcess } from '../../../../helpers/command-in-process.js';
import { killForwarderAt } from '../../../../helpers/forwarder.js';
import { openTestJournal } from '../../../../helpers/journal.js';
import { killForwarding } from '../../../../helpers/remote-kill-rounds.js';
import { serveInProcess } from '../../../../helpers/server-in-process.js';
import { payloads, temporaryStore } from '../../../../helpers/store.js';

test.each(['forward:begun', 'forward:posted', 'forward:sent'])(
  'stores each event once after kill -9 at %s',
  async fault => {
    const [from, to] = [temporaryStore(), await serveInProcess({ store: temporaryStore() })];
    const lines = Array.from({ length: 25 }, (_, n) => `{"n":${n}}`);
    const journal = openTestJournal(from);
    journal.appendText(lines);
    journal.close();
    const url = to.url.replace('http:', 'telemetry:');
    const create = ['remote', 'create', 'far', url, '--batch', '10', '--store', from];
    expect(await commandInProcess(create, { cwd: from })).toMatchObject({ code: 0 });
    await killForwarderAt(fault, from, 'far', 2);

    expect(payloads(to.store)).toEqual(lines);
  },
);

test('stores each event once when either server is killed at random moments', async () => {
  await killForwarding({ from: temporaryStore(), to: temporaryStore() }, 2);
});
