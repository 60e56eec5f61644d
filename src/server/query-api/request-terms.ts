/** Texts of the command line, each with its form in terms of a request. */
const FORMS: readonly (readonly [command: RegExp, request: string | ((text: string) => string)])[] = [
  [/^telemetry: /, ''],
  [/^--by ([^]*?): no event has a column of that name/, '"by": no event has the column "$1"'],
  [/^--param (\w+) was given, but the SQL does not contain/, '"params" has "$1", but "sql" does not contain'],
  [/^-p (\w+)=([^]*?): the query compares/, '"$1" in "params" is $2: the query compares'],
  [/^--[a-z-]+(?=:| is )/, option => `"${option.slice(2).replaceAll('-', '_')}"`],
  [/^Put the SQL in single quotes: in double quotes, the shell expands \$name\.$/m, 'Remove it, or use it in "sql".'],
  [
    /^Add -p \w+=VALUE.*\.$/m,
    text => `Add ${text.replace(/^Add /, '').replace(/-p (\w+)=VALUE\.?/g, '"$1"')} to "params".`,
  ],
  [/^Give it as an argument, with --file, or on stdin: .*$/m, 'Send {"sql": "select 1"}.'],
  [/^Write @NAME for a saved query, or -f FILE for a file of SQL\./m, 'Write @NAME for a saved query.'],
  [/^A query reads other files with --with: .*$/m, 'A query over HTTP reads the store only.'],
  [/ `telemetry prune` removes events; `telemetry query --out` writes a file\.$/m, ''],
  [/; --since 1h bounds the whole query\.$/m, '; "since": "1h" bounds the whole query.'],
  [/; --by received bounds the time of receipt$/m, '; "by": "received" bounds the time of receipt'],
];

/** Turns what a command line prints on stderr into terms of a request: its members and parameters, not options. */
export function inRequestTerms(text: string): string {
  return FORMS.reduce((turned, [command, request]) => {
    return typeof request === 'string' ? turned.replace(command, request) : turned.replace(command, request);
  }, text);
}
