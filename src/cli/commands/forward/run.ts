import { forwardNow, type ForwardTotals } from '../../../consumers/forward/forward-now.js';
import { objectNamed } from '../../../store/catalog/objects.js';
import type { Context } from '../../shared/context.js';
import { counted } from '../../shared/count.js';
import { printOutcome } from '../../shared/outcome.js';
import { StatusLine } from '../../shared/status-line.js';
import type { ForwardCommandOptions } from './options.js';

/** Forwards to a remote, and prints the number of events at the end. @throws TelemetryError as {@link forwardNow}. */
export async function run(
  { name: given, untilCurrent, store, format }: ForwardCommandOptions,
  context: Context,
): Promise<void> {
  const { name } = objectNamed(store, 'remote', given);
  const { streams, signal } = context;
  const status = new StatusLine(streams.err, () => (streams.canRedraw ? streams.errColumns : undefined));
  const totals = await forwardNow(
    {
      dir: store,
      name,
      untilCurrent,
      now: () => context.now() * 1000,
      onStep: totals => status.update(outcomeText(name, totals)),
      onNote: text => {
        status.clear();
        return streams.err.write(`${text}\n`);
      },
    },
    signal,
  ).finally(() => status.clear());
  await printOutcome(format, context, { text: outcomeText(name, totals), json: { name, ...totals } });
}

function outcomeText(name: string, { events, rejected, waiting }: ForwardTotals): string {
  const parts = [
    `forwarded ${counted(events, 'event')} to ${name}`,
    ...(rejected > 0 ? [`${counted(rejected, 'event')} rejected: see the table remote_rejects`] : []),
    ...(waiting > 0 ? [`${counted(waiting, 'event')} waiting`] : []),
  ];
  return parts.join('; ');
}
