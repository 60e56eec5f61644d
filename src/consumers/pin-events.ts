import type { Session } from '../query/session.js';

/** Limits all further statements of a session to the events that are stored now. */
export async function pinEvents(session: Session): Promise<void> {
  const { lastId } = await session.refresh({ toId: Infinity });
  await session.refresh({ toId: lastId });
}
