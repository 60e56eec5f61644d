import { afterAll, expect, test } from 'vitest';
import { telemetry } from '../../../../cli/command.js';
import { postJson } from '../../../../helpers/http.js';
import { killForwarding } from '../../../../helpers/remote-kill-rounds.js';
import { endServers, serve } from '../../../../helpers/server.js';
import { payloads, temporaryStore } from '../../../../helpers/store.js';

afterAll(endServers);

test.each(['forward:begun', 'forward:posted', 'forward:sent'])(
  'stores each event once after kill -9 at %s',
  async fault => {
    const [from, to] = [await serve({ store: temporaryStore() }), await serve({ store: temporaryStore() })];
    const lines = Array.from({ length: 25 }, (_, n) => `{"n":${n}}`);
    await postJson(from.url, lines.join('\n'));
    await from.end();
    const run = (args: readonly string[], env = {}) =>
      telemetry([...args, '--store', from.store], { cwd: from.store, env });
    const url = to.url.replace('http:', 'telemetry:');
    expect(await run(['remote', 'create', 'far', url, '--batch', '10'])).toMatchObject({ code: 0 });
    for (let kills = 0; kills < 2; kills++) {
      expect((await run(['forward', 'far', '--until-current'], { TELEMETRY_FAULT: fault })).code).toBe(null);
    }
    expect(await run(['forward', 'far', '--until-current'])).toMatchObject({ code: 0 });

    expect(payloads(to.store)).toEqual(lines);
  },
);

test('stores each event once when either server is killed at random moments', async () => {
  await killForwarding({ from: temporaryStore(), to: temporaryStore() }, 2);
});
