/** The metadata of the metrics of one name in an exposition. */
export interface Family {
  readonly name: string;
  /** As in its TYPE line; undefined without one. */
  type?: string;
  help?: string;
  unit?: string;
}

/** The part of its family's point that a sample is. */
export type Part = 'value' | 'bucket' | 'quantile' | 'sum' | 'count' | 'created';

/**
 * The suffixes of sample names by the type of their family (OpenMetrics 1.0, "Suffixes"; 0.0.4, "Histograms and
 * summaries").
 */
const PARTS: Readonly<Record<string, Readonly<Record<string, Part>>>> = {
  counter: { _total: 'value', _created: 'created' },
  histogram: { _bucket: 'bucket', _sum: 'sum', _count: 'count', _created: 'created' },
  gaugehistogram: { _bucket: 'bucket', _gsum: 'sum', _gcount: 'count' },
  summary: { '': 'quantile', _sum: 'sum', _count: 'count', _created: 'created' },
  info: { _info: 'value' },
};

/** The types that a TYPE line may name, by format. */
export const TYPES = new Set([
  'counter',
  'gauge',
  'histogram',
  'gaugehistogram',
  'summary',
  'info',
  'stateset',
  'unknown',
  'untyped',
]);

const SUFFIXES = new Set(Object.values(PARTS).flatMap(parts => Object.keys(parts)));

/** The families of one exposition, by the names of their samples. */
export interface Families {
  /** The family of that name, created on demand. */
  of(name: string): Family;
  /** The family and the part of a sample; a new family for a name without metadata. */
  find(sample: string): { readonly family: Family; readonly part: Part };
}

/** Creates an empty set of families. */
export function families(): Families {
  const known = new Map<string, Family>();

  function of(name: string): Family {
    let family = known.get(name);
    if (!family) known.set(name, (family = { name }));
    return family;
  }

  return {
    of,
    find(sample) {
      const exact = known.get(sample);
      if (exact) return { family: exact, part: PARTS[exact.type ?? '']?.[''] ?? 'value' };
      for (const suffix of SUFFIXES) {
        if (suffix === '' || !sample.endsWith(suffix)) continue;
        const family = known.get(sample.slice(0, -suffix.length));
        const part = PARTS[family?.type ?? '']?.[suffix];
        if (family && part) return { family, part };
      }
      return { family: { name: sample }, part: 'value' };
    },
  };
}
