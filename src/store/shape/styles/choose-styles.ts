import { scanShape, type HoleKind, type Span } from '../scan.js';
import type { Hole, Template } from '../template.js';
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

/** Ways to write the events of one shape that are told apart: two encoders, and what neither of them gives. */
const MAX_VARIANTS = 3;

/** A further variant is worth its shape's number where more than one event in so many is written otherwise. */
const VARIANT_SHARE = 20;

/** A list that a style gives back less often than this is kept as it was sent. */
const LIST_SHARE = 0.99;

/** Texts of numbers that are looked at for decimals. */
const NUMBER_EXAMPLES = 8;

/** A shape whose events are to be written again. */
export interface Sampled {
  readonly template: Template;
  /** Some of its events. */
  readonly sample: readonly string[];
  /** What was chosen for the shape before. Among ways that give back equally many events these come first, so that they stay few. */
  readonly known: readonly Template[];
}

/**
 * Chooses how the values of each shape are written: styles that give back as many of its sample as possible, in at most
 * {@link MAX_VARIANTS} ways. Nothing is lost by a wrong choice, since what is written is compared with what was sent.
 * @returns the ways of each shape, in order, the most common first; at least one.
 */
export function chooseStyles(shapes: readonly Sampled[]): Template[][] {
  const found = shapes.map(shape => new Chooser(shape));
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

/** An event of the sample: the texts of its values, and what they are. */
interface Event {
  readonly texts: readonly string[];
  readonly values: readonly (string | number)[];
}

/** Chooses the styles of one shape. */
class Chooser {
  readonly #template: Template;
  readonly #known: readonly Template[];
  readonly #all: readonly Event[];
  #left: readonly Event[];
  #chosen: Template[] = [];

  constructor({ template, sample, known }: Sampled) {
    this.#template = template;
    this.#known = known;
    this.#all = sample.map(json => eventOf(json, template.holes));
    this.#left = this.#all;
    const whole = [...known, template].find(way => this.#all.every(event => givesBack(way, event)));
    if (whole) this.#take(whole);
  }

  get isDone(): boolean {
    return (
      this.#left.length === 0 || (this.#chosen.length > 0 && this.#left.length * VARIANT_SHARE <= this.#all.length)
    );
  }

  learn(): Learned {
    const texts = this.#left.flatMap(event =>
      event.texts.filter((_, i) => 'sa'.includes(this.#template.holes[i]!.kind)),
    );
    return learnStrings(texts);
  }

  /** @param learned of all shapes that the same encoder may have written. */
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

  variants(): Template[] {
    const { holes } = this.#template;
    // A column has one text for a list, whichever way its event was written.
    const asSent = holes.map((_, i) => this.#chosen.some(way => way.holes[i]!.style === AS_SENT));
    if (!asSent.includes(true)) return this.#chosen;
    return this.#chosen.map(way => ({
      ...way,
      holes: way.holes.map((hole, i) => (asSent[i] ? { ...hole, style: AS_SENT } : hole)),
    }));
  }

  #take(way: Template): void {
    this.#chosen.push(way);
    this.#left = this.#left.filter(event => !givesBack(way, event));
  }

  #best(learned: Learned): Template {
    const known = this.#known.map(way => way.strings).filter(strings => agree(asLearned(strings), learned));
    const strings = styleOf(known.reduce((sum, style) => together(asLearned(style), sum), learned));
    const holes = this.#template.holes.map((hole, i) => ({ ...hole, style: this.#styleOf(hole, i, strings) }));
    const ways = [...this.#known.filter(way => !this.#chosen.includes(way)), { ...this.#template, holes, strings }];
    const counts = ways.map(way => this.#left.reduce((sum, event) => sum + (givesBack(way, event) ? 1 : 0), 0));
    return ways[counts.indexOf(Math.max(...counts))]!;
  }

  #styleOf({ kind }: Hole, at: number, strings: StringStyle): string {
    const known = this.#known.map(way => way.holes[at]!.style);
    const styles = [...new Set([...this.#candidates(kind, at), ...known])];
    const count = (style: string): number =>
      this.#left.reduce((sum, event) => sum + (holds(kind, style, strings, event, at) ? 1 : 0), 0);
    const counts = styles.map(count);
    const most = Math.max(...counts);
    if (kind === 'a' && most < LIST_SHARE * this.#left.length) return AS_SENT;
    return styles.find((style, i) => counts[i] === most && known.includes(style)) ?? styles[counts.indexOf(most)]!;
  }

  #candidates(kind: HoleKind, at: number): readonly string[] {
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

function eventOf(json: string, holes: readonly Hole[]): Event {
  const spans: Span[] = [];
  scanShape(json, spans);
  const texts = spans.map(({ start, end }) => json.slice(start, end));
  return { texts, values: texts.map((text, i) => valueOf(text, holes[i]!.kind)) };
}

function valueOf(text: string, kind: HoleKind): string | number {
  if (kind === 's') return text.includes('\\') ? (JSON.parse(text) as string) : text.slice(1, -1);
  if (kind === 'd') return Number(text);
  return kind === 'a' ? usualList(text) : text;
}

function givesBack({ holes, strings }: Template, event: Event): boolean {
  return holes.every(({ kind, style }, i) => holds(kind, style, strings, event, i));
}

/** True where the style gives the text of the value at a hole. */
function holds(kind: HoleKind, style: string, strings: StringStyle, { texts, values }: Event, at: number): boolean {
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
