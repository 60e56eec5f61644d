import { existsSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { openEngine } from '../../../src/query/sandbox/engine.js';

test('many engines at once bring no warning, and leave no folder', async () => {
  const warnings: string[] = [];
  const note = ({ name }: Error): void => void warnings.push(name);
  process.on('warning', note);
  onTestFinished(() => void process.removeListener('warning', note));
  const engines = await Promise.all(Array.from({ length: 12 }, () => openEngine(64 * 1024 ** 2)));
  const folders = await Promise.all(
    engines.map(async ({ connection }) => {
      const reader = await connection.runAndReadAll(`select current_setting('temp_directory')`);
      return String(reader.getRows()[0]![0]);
    }),
  );
  await setImmediate();
  for (const engine of engines) engine.close();
  // As a session does that is closed twice.
  for (const engine of engines) engine.close();

  expect(warnings).toEqual([]);
  expect(new Set(folders).size).toBe(12);
  expect(folders.filter(folder => existsSync(folder))).toEqual([]);
});
