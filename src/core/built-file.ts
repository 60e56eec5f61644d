/**
 * The URL of an entry point of the build, for code of a bundle in dist/ and for sources that tests run.
 * @param from `import.meta.url` of the caller.
 * @param entry its path below src/, without an ending: `store/journal/writer-thread`.
 */
export function builtFile(from: string, entry: string): URL {
  const root = from.replace(/\/(?:src|dist)\/(?!.*\/(?:src|dist)\/).*$/, '/');
  return new URL(`dist/${entry}.js`, root);
}
