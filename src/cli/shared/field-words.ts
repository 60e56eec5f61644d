import { TelemetryError } from '../../core/errors.js';

/** A field of an event, with its value as JSON. */
export type Field = readonly [name: string, json: string];

/** A field with a string value. */
export function text(name: string, value: string): Field {
  return [name, JSON.stringify(value)];
}

/** Parses `field=text` or `field:=json`, of which the first may be a bare name. @throws TelemetryError `usage` */
export function field(word: string, isFirst: boolean): Field {
  if (isFirst && !word.includes('=')) return text('name', word);
  return pairIn(word, {
    wrong: `"${word}" is not field=text or field:=json`,
    wrongRemedy: 'Only the first word can be a bare name; quote a name that has spaces.',
    notJson: `"${word}": the value after := is not JSON`,
    notJsonRemedy: 'Write field=text to send it as a string.',
  });
}

/** Parses the value of --set: `key=text` or `key:=json`. @throws TelemetryError `usage` */
export function addedKey(word: string): Field {
  return pairIn(word, {
    wrong: `--set: "${word}" is not key=text or key:=json`,
    wrongRemedy: 'Write --set env=prod, or --set shard:=3 for a JSON value.',
    notJson: `--set: "${word}": the value after := is not JSON`,
    notJsonRemedy: 'Write --set key=text to add it as a string.',
  });
}

/** The messages and remedies for a word that is wrong. */
interface Problems {
  readonly wrong: string;
  readonly wrongRemedy: string;
  readonly notJson: string;
  readonly notJsonRemedy: string;
}

function pairIn(word: string, { wrong, wrongRemedy, notJson, notJsonRemedy }: Problems): Field {
  const at = word.indexOf('=');
  const name = word.slice(0, at);
  if (at < 1 || name === ':') throw new TelemetryError('usage', wrong, { remedy: wrongRemedy });
  const value = word.slice(at + 1);
  if (!name.endsWith(':')) return text(name, value);
  try {
    JSON.parse(value);
  } catch (cause) {
    throw new TelemetryError('usage', notJson, { remedy: notJsonRemedy, cause });
  }
  return [name.slice(0, -1), value];
}
