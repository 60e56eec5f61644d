import { randomUUID } from 'node:crypto';
import { send } from '../../../client/send.js';
import type { Body } from '../../../client/send.js';
import { readServerFile } from '../../../client/server-file.js';
import { TelemetryError } from '../../../core/errors.js';
import { DEFAULT_PORT } from '../../config/settings.js';
import type { Context } from '../../context.js';
import type { SendOptions } from './command.js';
import { eventFromWords } from './event.js';

/** Sends one event or stdin, and prints how many events were stored. */
export async function run(options: SendOptions, context: Context): Promise<void> {
  const { store, url, token, wait, format } = options;
  const receipt = await send(bodyOf(options.event, context), {
    url: () => url ?? readServerFile(store)?.url ?? `http://127.0.0.1:${DEFAULT_PORT}`,
    token,
    wait: wait ?? 0,
    signal: context.signal,
  });
  await context.streams.out.write(`${format === 'json' ? JSON.stringify(receipt) : receipt.accepted}\n`);
}

function bodyOf(words: readonly string[], { streams }: Context): Body {
  if (words.length > 0 && !(words.length === 1 && words[0] === '-')) return `${eventFromWords(words, randomUUID())}\n`;
  if (words.length === 0 && streams.stdinIsTerminal) {
    throw new TelemetryError('usage', 'there is nothing to send', {
      remedy: 'Give an event, such as `telemetry send login user=7`, or pipe JSON in.',
    });
  }
  return streams.stdin as AsyncIterable<Uint8Array>;
}
