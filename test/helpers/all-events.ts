import { TelemetryError } from '../../src/core/errors.js';
import { openSession } from '../../src/query/session.js';

/** The payloads of all events of a store in their order, those of the journal and those that are sealed; none before there is a store. */
export async function allPayloads(dir: string): Promise<string[]> {
  try {
    const session = await openSession({ dir });
    try {
      const { batches } = await session.query('select payload::varchar from events order by id');
      const found: string[] = [];
      for await (const rows of batches) for (const [payload] of rows) found.push(payload!);
      return found;
    } finally {
      session.close();
    }
  } catch (error) {
    if (error instanceof TelemetryError && error.kind === 'noStore') return [];
    throw error;
  }
}
