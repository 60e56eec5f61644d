import { TelemetryError } from '../../core/errors.js';
import { troubleOf } from '../../core/trouble.js';
import type { SentError } from './writer-thread.js';

/** Translates an error of a commit for the senders of its events. */
export function journalError({ code, message, remedy }: SentError): TelemetryError {
  const trouble = troubleOf(Object.assign(new Error(message), code === undefined ? {} : { code }));
  const isFull = trouble?.code === 'ENOSPC';
  return new TelemetryError('failure', isFull ? trouble.reason : `the journal cannot be written: ${message}`, {
    remedy:
      remedy ??
      (isFull
        ? `${trouble.remedy} The server then continues by itself.`
        : (trouble?.remedy ?? 'See the message of the store.')),
    cause: code,
  });
}
