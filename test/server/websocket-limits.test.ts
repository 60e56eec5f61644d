import { once } from 'node:events';
import { expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { startServer } from '../../src/server/server.js';
import { closeOf } from '../helpers/http.js';
import { serverOptions } from '../helpers/server-options.js';
import { temporaryStore } from '../helpers/store.js';

const LIMIT = 1000;

it.each([LIMIT + 1, 100 * LIMIT])(
  'closes with 1009 at a message of %i bytes, over the limit, and counts it',
  async size => {
    const server = await startServer(serverOptions(temporaryStore(), { maxEventSize: LIMIT }));
    onTestFinished(() => server.stop());
    const socket = new WebSocket(server.url.replace('http', 'ws'));
    await once(socket, 'open');
    socket.send('x'.repeat(size));
    const [code] = (await closeOf(socket)) as [number];
    expect(code).toBe(1009);
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    expect(metrics).toContain('telemetry_refused_total{reason="event_too_large"} 1');
    expect(metrics).not.toContain('client_gone');
  },
);
