import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { messageOf, TelemetryError } from '../../../core/errors.js';

/** Reads a file, or stdin for `-`. @throws TelemetryError `usage` when it cannot be read. */
export async function textOfFile(file: string): Promise<string> {
  try {
    return file === '-' ? await text(process.stdin) : await readFile(file, 'utf8');
  } catch (error) {
    throw new TelemetryError('usage', `cannot read ${file}: ${messageOf(error)}`, { cause: error });
  }
}
