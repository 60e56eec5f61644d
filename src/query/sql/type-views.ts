/** The views of the events of one type, and that type. */
export const TYPE_VIEWS: ReadonlyMap<string, string> = new Map([
  ['logs', 'log'],
  ['spans', 'trace'],
  ['metrics', 'metric'],
]);
