import { expect, test } from 'vitest';
import { TailRates } from '../../../../src/cli/commands/tail/rates.js';
import type { Streams } from '../../../../src/cli/shared/streams.js';

test('the rates of a tail are those of the last ten seconds, on a terminal', () => {
  let now = 1_000_000;
  let written = '';
  const out = { write: (text: string) => Promise.resolve(void (written += text)) };
  const terminal = { out, isTerminal: true, canRedraw: true, columns: 80 } as unknown as Streams;
  const rates = new TailRates(terminal, () => now);
  rates.count(['ERROR', 'INFO', null]);
  now += 1000;
  rates.count(['FATAL']);
  rates.show();
  expect(rates.text()).toBe('2 events/s, 1 errors/s; 4 events, 2 errors');
  expect(written).toBe('\r\u001b[K2 events/s, 1 errors/s; 4 events, 2 errors');
  now += 60_000;
  expect(rates.text()).toBe('0 events/s, 0 errors/s; 4 events, 2 errors');
  rates.stop();
  expect(written.endsWith('\r\u001b[K')).toBe(true);
});
