import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { unreadableFile } from '../../../core/file-error.js';

/** Reads a file, or stdin for `-`. @throws TelemetryError `usage` when it cannot be read. */
export async function textOfFile(file: string): Promise<string> {
  try {
    return file === '-' ? await text(process.stdin) : await readFile(file, 'utf8');
  } catch (error) {
    throw unreadableFile(file, error, 'usage');
  }
}
