import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { send } from '../../../client/send.js';
import { sendMessages } from '../../../client/web-socket.js';
import { TelemetryError } from '../../../core/errors.js';
import { DEFAULT_MAX_EVENT_BYTES } from '../../../core/limits.js';
import { startServer } from '../../../server/server.js';
import type { Context } from '../../shared/context.js';
import { VERSION } from '../../shared/version.js';
import type { DemoOptions } from './options.js';
import { POSTED_EVENTS, STREAMED_EVENTS } from './events.js';

/** Maximum bytes of uncommitted events: plenty for a demo. */
const QUEUE_BYTES = 1024 * 1024;

/** Idle timeout, in milliseconds: longer than any pause of the demo. */
const IDLE_MS = 60_000;

const COUNT_BY_TYPE = 'select type, count(*) as events from events group by type order by type';

const WALK_TRACE = `with recursive spans as (
  select "trace.spanId" as id, name, duration_ms, 0 as depth from events
  where type = 'trace' and "trace.parentSpanId" is null
  union all
  select child."trace.spanId", child.name, child.duration_ms, depth + 1
  from events child join spans on child."trace.parentSpanId" = spans.id)
select repeat('  ', depth) || name as span, duration_ms from spans order by depth`;

/** Runs the demo on a temporary store. Prints each command before its output. */
export async function run({ keep }: DemoOptions, context: Context): Promise<void> {
  const { streams, signal } = context;
  const store = mkdtempSync(join(tmpdir(), 'telemetry-demo-'));
  const say = (text: string): Promise<void> => streams.out.write(`${text}\n`);
  const telemetry = (...args: string[]): Promise<void> => runCommand(args, store, context);
  try {
    await say(`$ telemetry serve --port 0 --store ${store}`);
    const server = await startServer({
      store,
      host: '127.0.0.1',
      port: 0,
      durability: 'fsync',
      maxEventSize: DEFAULT_MAX_EVENT_BYTES,
      token: undefined,
      allowAnonymous: false,
      cors: [],
      allowHost: [],
      idleTimeout: IDLE_MS,
      queueSize: QUEUE_BYTES,
      version: VERSION,
    });
    try {
      await say(`telemetry ${VERSION} listens on ${server.url}`);
      for (const event of POSTED_EVENTS) {
        const body = JSON.stringify(event);
        await say(`\n$ curl -d '${body}' ${server.url}`);
        await say(String((await send(body, { url: () => server.url, signal })).accepted));
      }
      const socketUrl = server.url.replace('http', 'ws');
      await say(`\n# over a WebSocket to ${socketUrl}, one message each:`);
      const messages = STREAMED_EVENTS.map(event => JSON.stringify(event));
      for (const message of messages) await say(message);
      await say(`# the server's last ack: ${await sendMessages(socketUrl, messages)}`);
      await telemetry('tail', '--no-follow', '--format', 'pretty');
      await telemetry(
        'tail',
        '--no-follow',
        '--format',
        'pretty',
        '--filter',
        "level = 'ERROR' and timeElapsed > 1000",
      );
      await telemetry('query', '--format', 'table', COUNT_BY_TYPE);
      await telemetry('query', '--format', 'table', WALK_TRACE);
      await telemetry('prune', '--keep', 'metric', '--yes', '--format', 'table');
      await telemetry('query', '--format', 'table', COUNT_BY_TYPE);
    } finally {
      await server.stop();
    }
  } finally {
    if (!keep) rmSync(store, { recursive: true, force: true });
  }
  await say(
    keep
      ? `\nThe store is at ${store}`
      : `\nEnd of the demo. Its store has been removed; start your own with: telemetry serve`,
  );
}

/** Prints a command as a user would type it, and runs it in a child process on the demo's store. */
async function runCommand(args: string[], store: string, { streams, env, signal }: Context): Promise<void> {
  const shown = args.map(arg => (/^[\w.,=-]+$/.test(arg) ? arg : JSON.stringify(arg).replaceAll('\\n', '\n')));
  await streams.out.write(`\n$ telemetry ${shown.join(' ')}\n`);
  const child = spawn(process.execPath, [process.argv[1]!, ...args, '--store', store], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...env },
    signal,
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (code !== 0)
    throw new TelemetryError('failure', `\`telemetry ${args[0]!}\` ended with exit code ${code ?? 'none'}`);
}
