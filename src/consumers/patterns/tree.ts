import { kindless, templateOf, widened, type Template } from './template.js';

/** A masked message, with the number of events that have it. */
export interface Form {
  readonly words: readonly string[];
  readonly events: number;
}

/** Forms that look alike, and the words that all of them share. */
interface Group {
  template: Template;
  readonly forms: Form[];
}

/** The share of words that a message has in common with those of a group, at least. Drain's `st`; its authors use 0.3 to 0.5. */
const MIN_SIMILARITY = 0.5;

/** The number of first words of a tree's leaves; further ones share a leaf. Drain's `maxChild`. */
const MAX_FIRST_WORDS = 100;

/**
 * Groups of a leaf: a message is compared with each, so that a leaf of more would take quadratic time. The last one takes
 * messages that are like none.
 */
const MAX_GROUPS_OF_LEAF = 500;

/** The leaf of messages whose first word varies. */
const ANY_FIRST = '<*>';

/**
 * The parse tree of Drain (He et al., "Drain: An Online Log Parsing Approach with Fixed Depth Tree", ICWS 2017) over masked
 * messages: a level for the number of words, one for the first word, then the group whose words are most alike. The same
 * forms in the same order make the same groups.
 */
export class PatternTree {
  readonly #leaves = new Map<number, Map<string, Group[]>>();

  /** Adds a form to the group that it is most like, or to a new one. */
  add(form: Form): void {
    const groups = this.#leafOf(form.words);
    let best: Group | undefined;
    let bestShare = 0;
    for (const group of groups) {
      const share = similarity(group.template, form.words);
      if (share > bestShare) [best, bestShare] = [group, share];
    }
    const isFull = groups.length >= MAX_GROUPS_OF_LEAF;
    if (isFull) best ??= groups.at(-1);
    if (!best || (bestShare < MIN_SIMILARITY && !isFull)) {
      groups.push({ template: templateOf([form.words]), forms: [form] });
      return;
    }
    best.template = widened(best.template, form.words);
    best.forms.push(form);
  }

  /** The forms of each group, groups of fewer words first. */
  groups(): Form[][] {
    return [...this.#leaves]
      .sort(([a], [b]) => a - b)
      .flatMap(([, leaves]) => [...leaves.values()].flatMap(groups => groups.map(({ forms }) => forms)));
  }

  #leafOf(words: readonly string[]): Group[] {
    const leaves = this.#leaves.get(words.length) ?? new Map<string, Group[]>();
    this.#leaves.set(words.length, leaves);
    const first = kindless(words[0] ?? '');
    const isOpen = leaves.has(first) || leaves.size < MAX_FIRST_WORDS;
    const key = isOpen ? first : ANY_FIRST;
    const groups = leaves.get(key) ?? [];
    leaves.set(key, groups);
    return groups;
  }
}

/** The share of words that are the same; those that fit others too count as different, as in Drain. */
function similarity(template: Template, words: readonly string[]): number {
  if (words.length === 0) return 1;
  let same = 0;
  template.forEach(({ text, isExact }, at) => {
    const word = words[at]!;
    if (isExact ? word === text || kindless(word) === kindless(text) : kindless(word) === text) same++;
  });
  return same / words.length;
}
