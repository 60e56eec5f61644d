import { kindless, templateOf, templateText } from './template.js';
import type { Form } from './tree.js';

/** A place in a message is variable when at least this many different words occur there: `hit` and `miss` are two messages. */
const MIN_VARIANTS = 4;

/** Makes the groups of a tree those of patterns: see {@link mergeByFirstWord} and {@link split}. */
export function regroup(groups: readonly (readonly Form[])[]): Form[][] {
  return mergeByFirstWord(groups).flatMap(split);
}

/** Merges groups whose templates differ in the first word alone, which the tree cannot see, where they are enough. */
function mergeByFirstWord(groups: readonly (readonly Form[])[]): (readonly Form[])[] {
  const byRest = new Map<string, (readonly Form[])[]>();
  for (const group of groups) {
    const template = templateOf(group.map(({ words }) => words));
    // A message of one word has no rest to be alike in.
    const key = `${template.length} ${template.length > 1 ? '' : templateText(template)} ${templateText(template.slice(1))}`;
    const alike = byRest.get(key) ?? [];
    alike.push(group);
    byRest.set(key, alike);
  }
  return [...byRest.values()].flatMap(alike => (alike.length >= MIN_VARIANTS ? [alike.flat()] : alike));
}

/** Splits a group at the places where fewer than {@link MIN_VARIANTS} words occur, the fewest first. */
function split(group: readonly Form[]): Form[][] {
  const [first] = group;
  if (group.length < 2 || !first) return [[...group]];
  let place = -1;
  let fewest = MIN_VARIANTS;
  first.words.forEach((_, at) => {
    const count = variantsAt(group, at);
    if (count > 1 && count < fewest) [place, fewest] = [at, count];
  });
  if (place < 0) return [[...group]];
  const parts = new Map<string, Form[]>();
  for (const form of group) {
    const word = kindless(form.words[place]!);
    const part = parts.get(word) ?? [];
    part.push(form);
    parts.set(word, part);
  }
  return [...parts.values()].flatMap(split);
}

/** The number of different words at a place, at most {@link MIN_VARIANTS}. */
function variantsAt(group: readonly Form[], at: number): number {
  const seen = new Set<string>();
  for (const { words } of group) {
    seen.add(kindless(words[at]!));
    if (seen.size === MIN_VARIANTS) break;
  }
  return seen.size;
}
