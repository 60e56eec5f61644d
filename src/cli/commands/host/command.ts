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
    .summary('the facts of this machine, as an event')
    .description(
      'Prints the facts of this machine as one event of type host_telemetry: processors, sockets, memory, operating system, cloud. Nothing in it names the machine or its user.',
    )
    .option('--send', 'publish the event to the server as well')
    .addOption(settingOption('store'))
    .addOption(settingOption('url'))
    .addOption(settingOption('token'))
    .option('--wait <duration>', 'wait this long for a server that does not run yet')
    .addOption(reportFormatOption());
  for (const key of TRUST_SETTINGS) command.addOption(settingOption(key));
  command.action(async () => {
    const flags = command.opts<{ send?: boolean; wait?: string; format?: string }>();
    // --format is this command's own: it is not the setting of that name.
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
      { line: 'telemetry host', purpose: 'What would be sent' },
      { line: 'telemetry host --send', purpose: 'Publish it' },
      { line: 'telemetry host --send --url https://telemetry.example', purpose: 'To another server' },
    ],
    notes: [
      'agent_id is the same at each call and tells nothing: a hash that is keyed with the machine id (machine-id(5)), or, where there is none, a random id kept in telemetry/agent-id in the data directory of the user. The cloud is told by what the firmware says; nothing is asked over the network.',
    ],
  };
}
