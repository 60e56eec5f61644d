import { EVENT_TYPE } from '../../core/vocabulary.js';
import type { CommandFacts } from './line-event.js';

/** How a command ended. */
export interface CommandEnd {
  /** As a shell sees it: 128 and the signal's number when a signal ended it. */
  readonly exitCode: number;
  readonly signal: string | null;
  readonly durationMs: number;
  /** Undefined where the system does not say. */
  readonly peakMemoryBytes: number | undefined;
  /** Why it could not be started. */
  readonly error?: string | undefined;
}

/** The event of a command's end. @param time ISO 8601. */
export function exitEvent({ command, service, pid, runId }: CommandFacts, end: CommandEnd, time: string): Buffer {
  return Buffer.from(
    JSON.stringify({
      time,
      type: EVENT_TYPE.event,
      event_name: 'command.exit',
      service_name: service,
      command,
      pid,
      run_id: runId,
      exit_code: end.exitCode,
      signal: end.signal,
      duration_ms: end.durationMs,
      peak_memory_bytes: end.peakMemoryBytes ?? null,
      error: end.error,
    }),
  );
}
