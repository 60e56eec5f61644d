import { faultPoint } from '../../../core/fault-point.js';
import type { Segment } from '../../catalog/segments.js';
import { inspectSegment } from '../check/check-segment.js';
import { textKeys } from '../filters/text-keys.js';
import { MIN_FILTERED_EVENTS } from '../formats/parquet/filters.js';
import { kindNamed } from '../formats/registry.js';
import { withRoom } from '../memory.js';
import type { ArchiveContext } from '../seal/seal.js';

/**
 * Gives filters to segments that were not merged by this build: those of older ones, and those that no merge is due for.
 * For one process, whose DuckDB does not change.
 */
export class FilterWork {
  /** Segments that are damaged, or whose filters could not be made. */
  readonly #unfit = new Set<number>();
  #version: string | undefined;

  /**
   * Makes the filters of one segment, in one change of the catalog.
   * @param isFinal false for a segment that will be merged soon, and then gets filters.
   * @returns false when no segment lacks filters.
   * @throws whatever DuckDB, the disk or SQLite throws; the segment is then passed over from now on.
   */
  async addNext(context: ArchiveContext, isFinal: (segment: Segment) => boolean): Promise<boolean> {
    const { dir, engine, catalog, signal } = context;
    const segment = await this.#next(context, isFinal);
    if (!segment) return false;
    try {
      const place = { dir, connection: await engine.connection(), catalog, signal };
      const filters = await withRoom(engine, `filters of ${segment.file}`, () =>
        kindNamed(segment.kind).filters!(place, segment),
      );
      faultPoint('filters:before-change');
      catalog.setFilters(segment.id, filters);
      faultPoint('filters:after-change');
    } catch (error) {
      this.#unfit.add(segment.id);
      throw error;
    }
    return true;
  }

  /** The next undamaged segment without filters: one of a damaged file would hide events once the file is repaired. */
  async #next(
    { dir, engine, catalog }: ArchiveContext,
    isFinal: (segment: Segment) => boolean,
  ): Promise<Segment | undefined> {
    const fitting = catalog
      .segments()
      .filter(segment => segment.events >= MIN_FILTERED_EVENTS && !this.#unfit.has(segment.id) && isFinal(segment));
    // DuckDB is opened for the version, so only where it matters.
    if (fitting.length === 0) return undefined;
    this.#version ??= (await textKeys(await engine.connection(), [])).version;
    const lacking = catalog.unfiltered(this.#version);
    for (const segment of fitting) {
      if (!lacking.has(segment.id) || kindNamed(segment.kind).filters === undefined) continue;
      if ((await inspectSegment(dir, segment)) === undefined) return segment;
      this.#unfit.add(segment.id);
    }
    return undefined;
  }
}
