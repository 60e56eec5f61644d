import { fits, templateOf, templateText, variables, type Template } from './template.js';
import type { Form } from './tree.js';

/** Forms of one template. */
export interface Assigned<F extends Form> {
  readonly template: Template;
  /** Earlier templates that fit messages that this one fits too: those are not among its forms. */
  readonly others: readonly Template[];
  readonly forms: readonly F[];
}

interface Slot<F extends Form> {
  readonly template: Template;
  readonly others: Set<Template>;
  readonly forms: F[];
}

/**
 * Gives each form to exactly one template, whichever group it came from: the one with the fewest variable words of those
 * that fit it. A condition of the template without the {@link Assigned.others} then selects its forms and no other form.
 */
export function assignForms<F extends Form>(groups: readonly (readonly F[])[]): Assigned<F>[] {
  const templates = new Map<string, Template>();
  for (const group of groups) {
    const template = templateOf(group.map(({ words }) => words));
    templates.set(keyOf(template), template);
  }
  const ordered = [...templates.entries()]
    .map(([key, template]) => ({ key, template, variables: variables(template) }))
    .sort((a, b) => a.variables - b.variables || (a.key < b.key ? -1 : 1));
  const slots = ordered.map(({ template }): Slot<F> => ({ template, others: new Set(), forms: [] }));
  const index = indexOf(slots);
  for (const form of groups.flat()) {
    const [owner, ...rest] = fitting(index, form.words);
    if (!owner) throw new Error(`no template fits ${form.words.join(' ')}`);
    owner.forms.push(form);
    for (const other of rest) other.others.add(owner.template);
  }
  return slots.filter(({ forms }) => forms.length > 0).map(slot => ({ ...slot, others: [...slot.others] }));
}

/** Tells templates of the same text apart, in one of which `<*>` is what was sent. */
function keyOf(template: Template): string {
  return `${templateText(template)}\0${template.map(({ isExact }) => (isExact ? 1 : 0)).join('')}`;
}

/** Templates in their order, by the number of words and the first word; of those whose first word varies, by the number. */
type Index<F extends Form> = ReadonlyMap<string, readonly (readonly [order: number, slot: Slot<F>])[]>;

function indexOf<F extends Form>(slots: readonly Slot<F>[]): Index<F> {
  const index = new Map<string, [number, Slot<F>][]>();
  slots.forEach((slot, order) => {
    const [first] = slot.template;
    const key = `${slot.template.length} ${first?.isExact === true ? first.text : ''}`;
    const same = index.get(key) ?? [];
    same.push([order, slot]);
    index.set(key, same);
  });
  return index;
}

/** The slots whose templates fit, in their order. */
function fitting<F extends Form>(index: Index<F>, words: readonly string[]): Slot<F>[] {
  const keys = new Set([`${words.length} ${words[0] ?? ''}`, `${words.length} `]);
  return [...keys]
    .flatMap(key => index.get(key) ?? [])
    .filter(([, { template }]) => fits(template, words))
    .sort(([a], [b]) => a - b)
    .map(([, slot]) => slot);
}
