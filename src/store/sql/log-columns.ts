import { EVENT_TEXT_KEYS, JOURNALD_PRIORITY, LEVEL_KEYS, MESSAGE_KEYS, MONGODB } from '../../core/vocabulary.js';
import { WHOLE_TEXT, type Candidate, type CoreColumn, type FindCandidates } from './candidates.js';
import { gelfSeverity, severitiesOf, severityOfText } from './severity.js';
import { coalesced, nonEmptyFirst } from './text.js';

/** The core column `severity`. */
export function severityColumn(find: FindCandidates): CoreColumn {
  const levels = [
    ...find(LEVEL_KEYS),
    ...find([JOURNALD_PRIORITY]).filter(({ path }) => path[0] === JOURNALD_PRIORITY),
  ];
  const gelf = find(['short_message']);
  const clefTime = find(['@t']);
  const clefMessage = find(['@m', '@mt']);
  const mongodbTime = find([MONGODB.time]);
  const mongodbLevel = find([MONGODB.severity]);
  const others = [...gelf, ...clefTime, ...clefMessage, ...mongodbTime, ...mongodbLevel];
  return {
    candidates: [...levels, ...others],
    sql(texts) {
      const textOf = (candidate: Candidate): string => texts[[...levels, ...others].indexOf(candidate)]!;
      const given = (candidates: readonly Candidate[]): string =>
        `(${candidates.map(candidate => `${textOf(candidate)} is not null`).join(' or ')})`;
      const values = severitiesOf(levels, levels.map(textOf));
      const level = levels.find(({ name }) => name === 'level');
      if (gelf.length > 0 && level) values.push(`case when ${given(gelf)} then ${gelfSeverity(textOf(level))} end`);
      if (clefTime.length > 0 && clefMessage.length > 0) {
        const own = levels.filter(({ name }) => name === '@l');
        const isLeftOut = own.length === 0 ? 'true' : `not ${given(own)}`;
        // CLEF leaves out the level of an event that is informational.
        values.push(`case when ${given(clefTime)} and ${given(clefMessage)} and ${isLeftOut} then 'INFO' end`);
      }
      const [mongodb] = mongodbLevel;
      if (mongodbTime.length > 0 && mongodb) {
        values.push(`case when ${given(mongodbTime)} then ${severityOfText(textOf(mongodb))} end`);
      }
      return coalesced(values, 'VARCHAR');
    },
  };
}

/** The core column `message`; of a text event, the text. */
export function messageColumn(find: FindCandidates): CoreColumn {
  const messages = find(MESSAGE_KEYS);
  const events = find(EVENT_TEXT_KEYS);
  const levels = events.length === 0 ? [] : find(LEVEL_KEYS);
  // Without a severity, the text at such a key is a name.
  const eventTexts = levels.length === 0 ? [] : events;
  const [first, second, third] = [messages, [...messages, ...eventTexts], [...messages, ...eventTexts, ...levels]].map(
    ({ length }) => length,
  );
  return {
    candidates: [...messages, ...eventTexts, ...levels, WHOLE_TEXT],
    // A segment without texts has none for the last candidate.
    sql(texts) {
      const severity = coalesced(severitiesOf(levels, texts.slice(second, third)), 'VARCHAR');
      const withLevel = texts.slice(first, second).map(text => `case when ${severity} is not null then ${text} end`);
      return coalesced([...nonEmptyFirst([...texts.slice(0, first), ...withLevel]), ...texts.slice(third)], 'VARCHAR');
    },
  };
}
