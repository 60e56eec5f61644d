import { randomUUID } from 'node:crypto';
import { send } from '../../../client/send.js';
import type { Body } from '../../../client/send.js';
import { readServerFile } from '../../../client/server-file.js';
import { readTrust } from '../../../client/trust.js';
import { TelemetryError } from '../../../core/errors.js';
import { textEvents } from '../../../feeds/text-events.js';
import { DEFAULT_PORT } from '../../config/settings.js';
import type { Context } from '../../context.js';
import type { SendOptions } from './command.js';
import { eventFromWords } from './event.js';
import { stdinUntil } from './stdin.js';

/** Sends one event or stdin, and prints how many events were stored. */
export async function run(options: SendOptions, context: Context): Promise<void> {
  const { store, url, token, wait, format } = options;
  const { body, signal } = source(options, context);
  const receipt = await send(body, {
    url: () => url ?? readServerFile(store)?.url ?? `http://127.0.0.1:${DEFAULT_PORT}`,
    token,
    trust: { ...readTrust(options.trust), pinned: () => (url ? undefined : readServerFile(store)?.certificate) },
    wait: wait ?? 0,
    waitSignal: context.signal,
    signal,
  });
  await context.streams.out.write(`${format === 'json' ? JSON.stringify(receipt) : receipt.accepted}\n`);
  if (context.signal.aborted) throw new TelemetryError('interrupted', 'interrupted; what was read before is stored');
}

function source(
  { event: words, type, maxEventBytes }: SendOptions,
  { streams, signal }: Context,
): { body: Body; signal: AbortSignal } {
  if (words.length > 0 && !(words.length === 1 && words[0] === '-')) {
    if (type === 'text') {
      throw new TelemetryError('usage', '--type text is for stdin, and an event was given', {
        remedy: 'Leave out --type, or pipe the lines in.',
      });
    }
    return { body: `${eventFromWords(words, randomUUID())}\n`, signal };
  }
  if (words.length === 0 && streams.stdinIsTerminal) {
    throw new TelemetryError('usage', 'there is nothing to send', {
      remedy: 'Give an event, such as `telemetry send login user=7`, or pipe JSON in.',
    });
  }
  const { body, signal: until } = stdinUntil(signal, streams.stdin);
  return { body: type === 'text' ? textEvents(body, maxEventBytes) : body, signal: until };
}
