import { EVENT_TYPE } from '../../core/vocabulary.js';
import type { CommandInfo } from './line-event.js';

/** The end of a command. */
export interface CommandEnd {
  /** As a shell reports it: 128 plus the signal number when a signal ended the command. */
  readonly exitCode: number;
  readonly signal: string | null;
  readonly durationMs: number;
  /** Undefined where the system does not report it. */
  readonly peakMemoryBytes: number | undefined;
  /** The reason when the command could not be started. */
  readonly error?: string | undefined;
}

/** The event of a command's end. @param time ISO 8601. */
export function exitEvent({ command, service, pid, runId }: CommandInfo, end: CommandEnd, time: string): Buffer {
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
