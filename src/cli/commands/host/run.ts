import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { agentId } from '../../../receivers/host/agent-id.js';
import { hostInfo } from '../../../receivers/host/host-info.js';
import { render } from '../../../render/formats.js';
import { userDirectory } from '../../config/user-directory.js';
import type { Context } from '../../shared/context.js';
import { deliver } from '../../shared/deliver.js';
import { columnsOf, printReport, resultOf } from '../../shared/report.js';
import type { HostOptions } from './options.js';

/** Prints an event that describes this machine, and optionally sends it. */
export async function run(options: HostOptions, context: Context): Promise<void> {
  const { isSent, wait, format } = options;
  const { streams, env, signal } = context;
  const event = {
    event_id: randomUUID(),
    application: 'telemetry',
    telemetry_type: 'host_telemetry',
    time: new Date(context.now()).toISOString(),
    agent_id: agentId(join(userDirectory(env.XDG_DATA_HOME, '.local/share'), 'telemetry', 'agent-id')),
    ...(await hostInfo()),
  };
  const write = (text: string): Promise<void> => streams.out.write(text);
  const { columns, color } = streams;
  const properties = Object.entries(event).map(([name, value]) => [name, value === null ? null : String(value)]);
  await printReport(format, context, {
    table: () =>
      render('table', resultOf(columnsOf(['fact', 'value']), properties), write, { columns, color, footer: false }),
    json: event,
  });
  if (!isSent) return;
  const body = `${JSON.stringify(event)}\n`;
  const { receipt, to } = await deliver(options, { body, wait: wait ?? 0, signal }, context);
  await streams.err.write(`telemetry: ${to} stored ${receipt.accepted} event\n`);
}
