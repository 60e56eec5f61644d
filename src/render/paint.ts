import type { ChalkInstance } from 'chalk';

/** Colours of services: none that says something else, as red does, and none that is hard to read. */
const SERVICE_COLORS = ['green', 'yellow', 'blue', 'magenta', 'greenBright', 'blueBright', 'magentaBright'] as const;

/** Returns what colours a service: the same colour for the same name, in every process. */
export function paintService(name: string, chalk: ChalkInstance): (text: string) => string {
  let hash = 0;
  for (const character of name) hash = (Math.imul(hash, 31) + character.codePointAt(0)!) >>> 0;
  return chalk[SERVICE_COLORS[hash % SERVICE_COLORS.length]!];
}

/** Returns what colours the status of a span: its name in OpenTelemetry, or a status code of HTTP. */
export function paintStatus(status: string, chalk: ChalkInstance): (text: string) => string {
  if (/^(?:.*error|2|5\d\d)$/i.test(status)) return chalk.red;
  if (/^4\d\d$/.test(status)) return chalk.yellow;
  if (/^(?:ok|1|[23]\d\d)$/i.test(status)) return chalk.green;
  return chalk.dim;
}
