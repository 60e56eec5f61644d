import type { Command } from 'commander';
import { parseDuration } from '../../../core/duration.js';
import type { Manual, Start } from '../../shared/context.js';
import { reportFormatOption, parsed, settingOption, reportFormat } from '../../shared/options.js';
import { deliveryOptions } from '../../shared/delivery-options.js';
import { TRUST_SETTINGS } from '../../shared/trust.js';
import { serveOptions } from '../../shared/serve-options.js';

/** `telemetry host` */
export function register(program: Command, start: Start): Manual {
  const command = program
    .command('host')
    .summary('describe this machine as an event')
    .description(
      'Prints one event of type host_telemetry with properties of this machine: processors, sockets, memory, operating system, cloud provider. It does not identify the machine or its user.',
    )
    .option('--send', 'send the event to the server as well')
    .addOption(settingOption('store'))
    .addOption(settingOption('url'))
    .addOption(settingOption('token'))
    .option('--wait <duration>', 'wait this long for a server to start')
    .addOption(reportFormatOption());
  for (const key of TRUST_SETTINGS) command.addOption(settingOption(key));
  command.action(async () => {
    const flags = command.opts<{ send?: boolean; wait?: string; format?: string }>();
    // --format is an option of this command here, not the setting of that name.
    const context = await start({ ...command.optsWithGlobals(), format: undefined });
    const { settings } = context;
    const { run } = await import('./run.js');
    await run(
      {
        ...deliveryOptions(settings, serveOptions),
        isSent: flags.send === true,
        wait: parsed('--wait', flags.wait, parseDuration),
        format: reportFormat(flags.format, context.streams),
      },
      context,
    );
  });
  return {
    command,
    examples: [
      { line: 'telemetry host', purpose: 'Print the event' },
      { line: 'telemetry host --send', purpose: 'Send the event' },
      { line: 'telemetry host --send --url https://telemetry.example', purpose: 'Send it to another server' },
    ],
    notes: [
      'agent_id is stable and anonymous: a hash keyed with the machine id (machine-id(5)), or a random id stored in telemetry/agent-id in the data directory of the user. The cloud provider is derived from the firmware, without network requests.',
    ],
  };
}
