import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { send } from '../../../client/send.js';
import { readServerFile } from '../../../client/server-file.js';
import { readTrust } from '../../../client/trust.js';
import { agentId } from '../../../host/agent-id.js';
import { hostFacts } from '../../../host/facts.js';
import { render } from '../../../render/formats.js';
import { DEFAULT_PORT, userDirectory } from '../../config/settings.js';
import type { Context } from '../../context.js';
import { columnsOf, printReport, resultOf } from '../../shared/report.js';
import type { HostOptions } from './command.js';

/** Prints the facts of this machine as an event, and publishes it when asked to. */
export async function run(
  { store, url, token, trust, isSent, wait, format }: HostOptions,
  context: Context,
): Promise<void> {
  const { streams, env, signal } = context;
  const event = {
    event_id: randomUUID(),
    application: 'telemetry',
    telemetry_type: 'host_telemetry',
    time: new Date(context.now()).toISOString(),
    agent_id: agentId(join(userDirectory(env.XDG_DATA_HOME, '.local/share'), 'telemetry', 'agent-id')),
    ...(await hostFacts()),
  };
  const write = (text: string): Promise<void> => streams.out.write(text);
  const { columns, color } = streams;
  const facts = Object.entries(event).map(([name, value]) => [name, value === null ? null : String(value)]);
  await printReport(format, context, {
    table: () =>
      render('table', resultOf(columnsOf(['fact', 'value']), facts), write, { columns, color, footer: false }),
    json: event,
  });
  if (!isSent) return;
  const destination = (): string => url ?? readServerFile(store)?.url ?? `http://127.0.0.1:${DEFAULT_PORT}`;
  const { accepted } = await send(`${JSON.stringify(event)}\n`, {
    url: destination,
    token,
    trust: { ...readTrust(trust), pinned: () => (url ? undefined : readServerFile(store)?.certificate) },
    wait: wait ?? 0,
    signal,
  });
  await streams.err.write(`telemetry: ${new URL(destination()).origin} stored ${accepted} event\n`);
}
