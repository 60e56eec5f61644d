import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The files that take longest, and folders of such files, from `test`: without them, larger files come first. */
const LONGEST = [
  'docs/console',
  'acceptance/upgrade',
  'consumers/remotes/kinds/ducklake',
  'consumers/remotes/kinds/kafka/kafka',
  'conformance/archive',
  'consumers/cubes/refresh',
  'acceptance/ingest-direct',
  'acceptance/backup',
  'acceptance/query-service',
  'consumers/remotes/kinds/objects',
  'consumers/remotes/kinds/clickhouse',
  'query/view/snapshot',
  'query/named-views/classic',
  'query/view/value-filters',
  'consumers/cubes/law',
  'acceptance',
  'consumers/remotes/kinds',
  'cli',
  'query',
];

/**
 * Starts the files that take longest first. One that starts last runs alone at the end, while other workers have nothing
 * to do; by default, files start in the order of their sizes.
 */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.toSorted((a, b) => rank(a.moduleId) - rank(b.moduleId));
  }
}

function rank(file: string): number {
  const path = file.slice(file.lastIndexOf('/test/') + '/test/'.length);
  const found = LONGEST.findIndex(name => path.startsWith(`${name}.`) || path.startsWith(`${name}/`));
  return found < 0 ? LONGEST.length : found;
}
