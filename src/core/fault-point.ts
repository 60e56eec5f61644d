/** Names a step at which a test ends the process: `TELEMETRY_FAULT=seal:written` kills it there, as a power cut would. */
export const FAULT_VARIABLE = 'TELEMETRY_FAULT';

/** Ends the process here, at once and without cleaning up, when a test asked for it. */
export function faultPoint(name: string): void {
  if (process.env[FAULT_VARIABLE] === name) process.kill(process.pid, 'SIGKILL');
}
