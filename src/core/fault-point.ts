/**
 * Names the step at which a test kills the process: `TELEMETRY_FAULT=seal:written` ends it there, like a power failure.
 */
export const FAULT_VARIABLE = 'TELEMETRY_FAULT';

/** Kills the process without cleaning up, when a test asked for this step. */
export function faultPoint(name: string): void {
  if (process.env[FAULT_VARIABLE] === name) process.kill(process.pid, 'SIGKILL');
}
