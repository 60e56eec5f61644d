import { EVENT_TYPE } from '../core/vocabulary.js';
import { DecodeError } from '../decode/decoder.js';
import { stringAt, visitMembers } from '../decode/json-members.js';
import { jsonStream } from '../decode/json-stream.js';
import { keyFilter } from '../decode/key-filter.js';

const OPEN_OBJECT = 0x7b;
const SPACE = 0x20;

/** The key that tells which file an event is from. */
const FILE_KEY = 'file';

const mayBeFile = keyFilter([FILE_KEY]);

/**
 * A line that is a JSON object as an event: as it is, with the file behind its last key unless it has one of that name
 * or would be longer than an event may be. Undefined for any other line.
 */
export function objectEvent(line: Buffer, file: string, maxEventBytes: number): Buffer | undefined {
  const object = trimmed(line);
  if (object[0] !== OPEN_OBJECT || !isOneValue(object, maxEventBytes)) return undefined;
  const found = { members: 0, hasFile: false };
  visitMembers(object, 0, (start, keyEnd) => {
    found.members++;
    found.hasFile ||= mayBeFile(object, start, keyEnd) && stringAt(object, start, keyEnd).toLowerCase() === FILE_KEY;
  });
  if (found.hasFile) return object;
  const end = `${found.members > 0 ? ',' : ''}"${FILE_KEY}":${JSON.stringify(file)}}`;
  const event = Buffer.concat([object.subarray(0, -1), Buffer.from(end)]);
  return event.length > maxEventBytes ? object : event;
}

/** Any line as a log event. What is no UTF-8 in it becomes U+FFFD. @param part counts the pieces of a long line from 1. */
export function textEvent(line: Buffer, file: string, part?: number): Buffer {
  return Buffer.from(
    JSON.stringify({ type: EVENT_TYPE.log, msg: line.toString(), file, ...(part !== undefined && { part }) }),
  );
}

function trimmed(line: Buffer): Buffer {
  let start = 0;
  let end = line.length;
  while (start < end && line[start]! <= SPACE) start++;
  while (end > start && line[end - 1]! <= SPACE) end--;
  return line.subarray(start, end);
}

/** Whether the receiver would take the text as one event. */
function isOneValue(text: Buffer, maxEventBytes: number): boolean {
  let values = 0;
  const decoder = jsonStream(() => values++, { maxEventBytes });
  try {
    void decoder.write(text);
    void decoder.end();
    return values === 1;
  } catch (error) {
    if (error instanceof DecodeError) return false;
    throw error;
  }
}
