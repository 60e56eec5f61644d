import { randomUUID } from 'node:crypto';
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Body } from '../../../client/send.js';
import { TelemetryError } from '../../../core/errors.js';
import { textEvents } from '../../../sources/shared/text-events.js';
import type { Context } from '../../shared/context.js';
import { deliver } from '../../shared/deliver.js';
import { printReport } from '../../shared/report.js';
import type { SendOptions } from './options.js';
import { eventFromWords, eventsFromJson } from './event.js';
import { stdinUntil } from './stdin.js';

/** Sends events from the arguments or from stdin, and prints the number stored. */
export async function run(options: SendOptions, context: Context): Promise<void> {
  const { wait, format } = options;
  const { receipt } = await deliver(options, { ...source(options, context), wait: wait ?? 0 }, context);
  await printReport(format ?? 'table', context, {
    table: () => context.streams.out.write(`${receipt.accepted}\n`),
    json: receipt,
  });
  if (context.signal.aborted) throw new TelemetryError('interrupted', 'interrupted; all events read before are stored');
}

function source(
  { event: words, type, maxEventBytes }: SendOptions,
  { streams, signal, cwd }: Context,
): { body: Body; signal: AbortSignal } {
  if (words.length > 0 && !(words.length === 1 && words[0] === '-')) {
    if (type === 'text') {
      throw new TelemetryError('usage', '--type text is for stdin, but an event was given', {
        remedy: 'Omit --type, or pipe the lines in.',
      });
    }
    refuseFile(words, cwd);
    return { body: eventsFromJson(words) ?? `${eventFromWords(words, randomUUID())}\n`, signal };
  }
  if (words.length === 0 && streams.stdinIsTerminal) {
    throw new TelemetryError('usage', 'there is nothing to send', {
      remedy: 'Give an event, such as `telemetry send login user=7`, or pipe JSON in.',
    });
  }
  const { body, signal: until } = stdinUntil(signal, streams.stdin);
  return { body: type === 'text' ? textEvents(body, maxEventBytes) : body, signal: until };
}

/** Refuses `send events.ndjson` and curl's `@events.ndjson`: it would send an event of that name. */
function refuseFile(words: readonly string[], cwd: string): void {
  const [name = ''] = words;
  const file = name.replace(/^@/, '');
  if (words.length > 1 || !/^@|\.[a-z]\w*$/i.test(name) || name.includes('=')) return;
  if (!statSync(resolve(cwd, file), { throwIfNoEntry: false })?.isFile()) return;
  throw new TelemetryError('usage', `${name} is a file, and an argument of send is the name of an event`, {
    remedy: `Import it with \`telemetry ingest ${file}\`, or pipe it: telemetry send < ${file}. An event of that name is name=${name}.`,
  });
}
