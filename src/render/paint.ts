import type { ChalkInstance } from 'chalk';

/** Colours of services: readable, and without a meaning such as that of red. */
const SERVICE_COLORS = ['green', 'yellow', 'blue', 'magenta', 'greenBright', 'blueBright', 'magentaBright'] as const;

/** Returns the colour of a service: the same for the same name in every process. */
export function paintService(name: string, chalk: ChalkInstance): (text: string) => string {
  let hash = 0;
  for (const character of name) hash = (Math.imul(hash, 31) + character.codePointAt(0)!) >>> 0;
  return chalk[SERVICE_COLORS[hash % SERVICE_COLORS.length]!];
}

/** Returns the colour of a span's status: OpenTelemetry's name, or an HTTP status code. */
export function paintStatus(status: string, chalk: ChalkInstance): (text: string) => string {
  if (/^(?:.*error|2|5\d\d)$/i.test(status)) return chalk.red;
  if (/^4\d\d$/.test(status)) return chalk.yellow;
  if (/^(?:ok|1|[23]\d\d)$/i.test(status)) return chalk.green;
  return chalk.dim;
}
