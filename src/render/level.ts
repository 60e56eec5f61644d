import type { ChalkInstance } from 'chalk';

type Color = 'red' | 'yellow' | 'green' | 'dim';

/** Levels by their lower-case names in syslog, Python, Java, Go, .NET and OpenTelemetry. */
const NAMES: Readonly<Record<Color, readonly string[]>> = {
  red: ['emerg', 'emergency', 'panic', 'alert', 'fatal', 'crit', 'critical', 'severe', 'error', 'err'],
  yellow: ['warn', 'warning'],
  green: ['info', 'information', 'informational', 'notice'],
  dim: ['debug', 'trace', 'verbose', 'fine', 'finer', 'finest'],
};

const colorOf: ReadonlyMap<string, Color> = new Map(
  (Object.keys(NAMES) as Color[]).flatMap(color => NAMES[color].map(name => [name, color] as const)),
);

/** Colours a level in any spelling; an unknown one stays plain. */
export function paintLevel(level: string, chalk: ChalkInstance): (text: string) => string {
  const color = colorOf.get(level.toLowerCase());
  return color === undefined ? text => text : chalk[color];
}
