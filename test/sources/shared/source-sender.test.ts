import { describe, expect, test } from 'vitest';
import type { SourcePost } from '../../../src/client/source.js';
import { SourceSender } from '../../../src/sources/shared/source-sender.js';

describe('SourceSender', () => {
  /** A server that had stored the first two events of each POST: one by its number, one by its event_id. */
  const post = ({ position }: SourcePost) =>
    Promise.resolve({ accepted: 1, duplicates: 2, before: 1, stream: 1, position });

  const take = (sender: SourceSender): void => {
    for (const event of ['{"n":1}', '{"event_id":"a"}', '{"n":3}']) {
      sender.sink(Buffer.from(event), 0, event.length, undefined);
    }
  };

  test('counts events stored by their number apart from those known by event_id', async () => {
    const start = { source: 'once:a', at: 0, checkpoint: '', stored: 0 };
    const sender = new SourceSender(start, { post, onRefused: () => undefined });
    take(sender);
    await sender.send('');
    take(sender);
    await sender.flush('');

    expect([sender.stored, sender.before, sender.duplicates]).toEqual([2, 2, 2]);
  });
});
