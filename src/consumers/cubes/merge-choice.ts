import type { CubeFile } from '../../store/catalog/cubes.js';

/** A file with what decides on its merge. */
interface Candidate {
  readonly file: CubeFile;
  readonly rows: number;
  /** True when as many of its buckets were replaced as are valid. */
  readonly isWorn: boolean;
}

/** Fewer files than this are not merged: reading some costs less than writing them again. */
const MIN_MERGED = 4;

/** A file joins a merge when it has at most this many times the rows of the smaller ones together. */
const GROWTH = 2;

/** The files to merge into one: the worn ones and, when there are enough of them, the small ones of similar size. */
export function filesToMerge(candidates: readonly Candidate[]): CubeFile[] {
  const sorted = [...candidates].sort((a, b) => a.rows - b.rows);
  let rows = 0;
  let count = 0;
  for (const candidate of sorted) {
    if (count > 0 && candidate.rows > GROWTH * rows + 1) break;
    rows += candidate.rows;
    count++;
  }
  const small = count >= MIN_MERGED ? sorted.slice(0, count) : [];
  const chosen = new Set([...small, ...sorted.filter(({ isWorn }) => isWorn)].map(({ file }) => file));
  return candidates.map(({ file }) => file).filter(file => chosen.has(file));
}
