import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { unreadableFile } from '../../../core/file-error.js';
import type { Context } from '../../shared/context.js';

/** Reads a file, or stdin for `-`. @throws TelemetryError `usage` when it cannot be read. */
export async function textOf(file: string, { cwd, streams }: Context): Promise<string> {
  try {
    return file === '-' ? await text(streams.stdin) : await readFile(resolve(cwd, file), 'utf8');
  } catch (error) {
    throw unreadableFile(file, error, 'usage');
  }
}
