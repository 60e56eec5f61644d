import { ScannedEvent, type SlotKind } from '../scan.js';
import type { Slot, Shape } from '../shape.js';
import { AS_SENT, LIST_STYLES, listText, usualList } from './list-style.js';
import { numberStyles, numberText } from './number-style.js';
import {
  agree,
  asLearned,
  LEARNED,
  learnStrings,
  stringText,
  styleOf,
  together,
  usualString,
  type Learned,
  type StringStyle,
} from './string-style.js';

/** Most styles per shape: those of two encoders, and one for the remaining events. */
const MAX_VARIANTS = 3;

/** A further variant pays for its shape's number when more than one event in this many needs it. */
const VARIANT_SHARE = 20;

/** A list is kept as sent when a style reproduces less than this share of it. */
const LIST_SHARE = 0.99;

/** Number texts examined for decimals. */
const NUMBER_EXAMPLES = 8;

/** A shape whose styles are to be chosen. */
export interface Sampled {
  readonly shape: Shape;
  /** Some of its events. */
  readonly sample: readonly string[];
  /**
   * Variants chosen for the shape before. They win over new ones that reproduce equally many events, so that a shape
   * has few variants.
   */
  readonly known: readonly Shape[];
}

/**
 * Chooses the styles of each shape: those that reproduce most of its sample, in at most {@link MAX_VARIANTS} variants.
 * A wrong choice loses nothing, since the written text is compared with the sent one.
 * @returns the variants of each shape, most common first; at least one.
 */
export function chooseStyles(shapes: readonly Sampled[]): Shape[][] {
  const found = shapes.map(sampled => new Chooser(sampled));
  const open = found.filter(chooser => !chooser.isDone);
  const encoders: { learned: Learned; members: Chooser[] }[] = [];
  for (const chooser of open) {
    const learned = chooser.learn();
    const encoder = encoders.find(other => agree(other.learned, learned));
    if (encoder) {
      encoder.learned = together(encoder.learned, learned);
      encoder.members.push(chooser);
    } else encoders.push({ learned, members: [chooser] });
  }
  for (const { learned, members } of encoders) for (const chooser of members) chooser.choose(learned);
  return found.map(chooser => chooser.variants());
}

/** An event of the sample: the texts of its values, and the values. */
interface Event {
  readonly texts: readonly string[];
  readonly values: readonly (string | number)[];
}

/** Chooses the styles of one shape. */
class Chooser {
  readonly #shape: Shape;
  readonly #known: readonly Shape[];
  readonly #all: readonly Event[];
  #left: readonly Event[];
  #chosen: Shape[] = [];

  constructor({ shape, sample, known }: Sampled) {
    this.#shape = shape;
    this.#known = known;
    this.#all = sample.map(json => eventOf(json, shape.slots));
    this.#left = this.#all;
    const whole = [...known, shape].find(way => this.#all.every(event => givesBack(way, event)));
    if (whole) this.#take(whole);
  }

  get isDone(): boolean {
    return (
      this.#left.length === 0 || (this.#chosen.length > 0 && this.#left.length * VARIANT_SHARE <= this.#all.length)
    );
  }

  learn(): Learned {
    const texts = this.#left.flatMap(event => event.texts.filter((_, i) => 'sa'.includes(this.#shape.slots[i]!.kind)));
    return learnStrings(texts);
  }

  /** @param learned from all shapes that the same encoder may have written. */
  choose(learned: Learned): void {
    this.#take(this.#best(learned));
    while (!this.isDone && this.#chosen.length < MAX_VARIANTS) {
      const next = this.#best(this.learn());
      const before = this.#left.length;
      this.#take(next);
      if (this.#left.length < before) continue;
      this.#chosen.pop();
      break;
    }
  }

  variants(): Shape[] {
    const { slots } = this.#shape;
    // A column has one text for a list, whichever variant its event uses.
    const asSent = slots.map((_, i) => this.#chosen.some(way => way.slots[i]!.style === AS_SENT));
    if (!asSent.includes(true)) return this.#chosen;
    return this.#chosen.map(way => ({
      ...way,
      slots: way.slots.map((slot, i) => (asSent[i] ? { ...slot, style: AS_SENT } : slot)),
    }));
  }

  #take(way: Shape): void {
    this.#chosen.push(way);
    this.#left = this.#left.filter(event => !givesBack(way, event));
  }

  #best(learned: Learned): Shape {
    const known = this.#known.map(way => way.strings).filter(strings => agree(asLearned(strings), learned));
    const strings = styleOf(known.reduce((sum, style) => together(asLearned(style), sum), learned));
    const slots = this.#shape.slots.map((slot, i) => ({ ...slot, style: this.#styleOf(slot, i, strings) }));
    const ways = [...this.#known.filter(way => !this.#chosen.includes(way)), { ...this.#shape, slots, strings }];
    const counts = ways.map(way => this.#left.reduce((sum, event) => sum + (givesBack(way, event) ? 1 : 0), 0));
    return ways[counts.indexOf(Math.max(...counts))]!;
  }

  #styleOf({ kind }: Slot, at: number, strings: StringStyle): string {
    const known = this.#known.map(way => way.slots[at]!.style);
    const styles = [...new Set([...this.#candidates(kind, at), ...known])];
    const count = (style: string): number =>
      this.#left.reduce((sum, event) => sum + (holds(kind, style, strings, event, at) ? 1 : 0), 0);
    const counts = styles.map(count);
    const most = Math.max(...counts);
    if (kind === 'a' && most < LIST_SHARE * this.#left.length) return AS_SENT;
    return styles.find((style, i) => counts[i] === most && known.includes(style)) ?? styles[counts.indexOf(most)]!;
  }

  #candidates(kind: SlotKind, at: number): readonly string[] {
    switch (kind) {
      case 's':
        return ['', LEARNED];
      case 'a':
        return LIST_STYLES;
      case 'd':
        return this.#left.slice(0, NUMBER_EXAMPLES).flatMap(({ texts }) => numberStyles(texts[at]!));
      default:
        return [''];
    }
  }
}

function eventOf(json: string, slots: readonly Slot[]): Event {
  const event = new ScannedEvent(json);
  const texts = Array.from({ length: event.count }, (_, i) => event.value(i));
  return { texts, values: texts.map((text, i) => valueOf(text, slots[i]!.kind)) };
}

function valueOf(text: string, kind: SlotKind): string | number {
  if (kind === 's') return text.includes('\\') ? (JSON.parse(text) as string) : text.slice(1, -1);
  if (kind === 'd') return Number(text);
  return kind === 'a' ? usualList(text) : text;
}

function givesBack({ slots, strings }: Shape, event: Event): boolean {
  return slots.every(({ kind, style }, i) => holds(kind, style, strings, event, i));
}

/** True when the style reproduces the text of the value in a slot. */
function holds(kind: SlotKind, style: string, strings: StringStyle, { texts, values }: Event, at: number): boolean {
  const text = texts[at]!;
  const value = values[at]!;
  switch (kind) {
    case 's':
      if (style === '' && !text.includes('\\')) return true;
      return text === (style === LEARNED ? stringText(value as string, strings) : usualString(value as string));
    case 'd':
      return text === numberText(value as number, style);
    case 'a':
      return style === AS_SENT || text === listText(value as string, style, strings);
    case 'i':
      return text !== '-0';
    default:
      return true;
  }
}
