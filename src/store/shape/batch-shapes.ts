import { KIND } from '../../core/attribute.js';
import { describeShape } from '../../core/shape.js';
import { NEGATIVE_ZERO, scanShape, type HoleKind, type Note } from './scan.js';
import { chooseStyles } from './styles/choose-styles.js';
import { bareTemplate, parseTemplate, printTemplate, readTemplate, type Template } from './template.js';

/** What one kind of events of a batch has in common. */
export interface Form {
  /** Its number within the batch. */
  readonly number: number;
  /** Undefined for events that cannot be rebuilt, or not worth it. */
  readonly template: Template | undefined;
  /** The paths that have values, objects included, and their kinds (bits of KIND). */
  readonly leaves: Map<string, FormLeaf>;
  /** Events that have the form, so far. */
  rows: number;
  /** True when some of its events are texts. */
  hasTexts: boolean;
  /** Some of them. */
  readonly sample: string[];
  /** The ways that its events are written again, once they are chosen: see {@link chooseVariants}. */
  variants: readonly Template[];
}

/** A path of a form that has values. */
export interface FormLeaf {
  readonly path: readonly string[];
  /** Bits of KIND. */
  kinds: number;
  rows: number;
  /** True when some value is -0.0. */
  hasNegativeZero?: boolean;
}

/** Tells the forms of a batch's events apart. */
export interface FormFinder {
  /** The number of an event's form. */
  of(json: string): number;
  readonly forms: readonly Form[];
}

/** Of each form, the first events of a batch and one in so many of the others tell how its values are written. */
const SAMPLE_FIRST = 64;
const SAMPLE_EVERY = 256;
const MAX_SAMPLE = 256;

/** Longer events are no sample: their texts are looked at one by one. */
const MAX_SAMPLE_LENGTH = 64 * 1024;

/** What a text with -0.0 in it contains; others may, too. */
const MAYBE_NEGATIVE_ZERO = /-0|-[\d.]+[eE]-\d{3}/;

/** Past so many forms, the keys of events are data: the rest share one form, and are kept as they were sent. */
const MAX_FORMS = 2000;

const KIND_BITS: Readonly<Record<HoleKind, number>> = {
  s: KIND.string,
  i: KIND.integer,
  h: KIND.huge,
  d: KIND.double,
  b: KIND.boolean,
  a: KIND.array,
};

/**
 * Creates the finder of a batch.
 * @param isKnown whether a path is an attribute's: of events in the shared form only these are remembered.
 */
export function formFinder(isKnown: (path: readonly string[]) => boolean): FormFinder {
  const shared: Form = {
    number: 0,
    template: undefined,
    leaves: new Map(),
    rows: 0,
    hasTexts: false,
    sample: [],
    variants: [],
  };
  const forms: Form[] = [shared];
  const byHash = new Map<number, Form>();

  /** Scratch of {@link scanShape}. */
  const notes: Note[] = [];

  /** Adds an event, and what the scan noted of it, to its form. Returns the form's number. */
  function noted(form: Form, json: string): number {
    const at = form.rows++;
    const isSample = at < SAMPLE_FIRST || (at % SAMPLE_EVERY === 0 && form.sample.length < MAX_SAMPLE);
    if (isSample && json.length <= MAX_SAMPLE_LENGTH) form.sample.push(json);
    for (const { hole, bits } of notes) {
      const leaf = form.leaves.get(JSON.stringify(form.template!.holes[hole]!.path))!;
      if (bits === NEGATIVE_ZERO) leaf.hasNegativeZero = true;
      else leaf.kinds |= bits;
    }
    return form.number;
  }

  function shareLeaves(json: string): number {
    shared.hasTexts ||= json.startsWith('"');
    const hasZeros = MAYBE_NEGATIVE_ZERO.test(json);
    for (const { path, kinds } of describeShape(json)) {
      if (!isKnown(path)) continue;
      const key = JSON.stringify(path);
      const leaf: FormLeaf = shared.leaves.get(key) ?? { path, kinds: 0, rows: 0 };
      leaf.kinds |= kinds;
      leaf.rows++;
      if (hasZeros && kinds & KIND.double) leaf.hasNegativeZero = true;
      shared.leaves.set(key, leaf);
    }
    return 0;
  }

  return {
    forms,
    of(json) {
      notes.length = 0;
      const hash = scanShape(json, undefined, notes);
      if (hash === 0) return shareLeaves(json);
      const known = byHash.get(hash);
      if (known) return known.number === 0 ? shareLeaves(json) : noted(known, json);
      const template = forms.length < MAX_FORMS ? readTemplate(json) : undefined;
      if (!template) {
        if (byHash.size < MAX_FORMS) byHash.set(hash, shared);
        return shareLeaves(json);
      }
      const leaves: Form['leaves'] = new Map();
      for (const { kind, path } of template.holes) {
        leaves.set(JSON.stringify(path), { path, kinds: KIND_BITS[kind], rows: 0 });
      }
      for (const path of template.objects) leaves.set(JSON.stringify(path), { path, kinds: KIND.object, rows: 0 });
      const form: Form = { number: forms.length, template, leaves, rows: 0, hasTexts: false, sample: [], variants: [] };
      byHash.set(hash, form);
      forms.push(form);
      return noted(form, json);
    },
  };
}

/**
 * Chooses how the events of each form are written again.
 * @param styled the templates with styles that the store has, as printTemplate prints them.
 */
export function chooseVariants(forms: readonly Form[], styled: readonly string[]): void {
  const known = new Map<string, Template[]>();
  for (const template of styled.map(parseTemplate)) {
    const bare = printTemplate(bareTemplate(template));
    known.set(bare, [...(known.get(bare) ?? []), template]);
  }
  const rebuilt = forms.filter((form): form is Form & { template: Template } => form.template !== undefined);
  const variants = chooseStyles(
    rebuilt.map(({ template, sample }) => ({
      template,
      sample,
      known: known.size === 0 ? [] : (known.get(printTemplate(template)) ?? []),
    })),
  );
  rebuilt.forEach((form, i) => (form.variants = variants[i]!));
}
