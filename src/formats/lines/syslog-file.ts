import { syslogEvent } from '../syslog/message.js';

const PRI = /^<\d{1,3}>/;

/** Put before a line of a file: `user.notice`, which is not stored. */
const NO_PRIORITY = Buffer.from('<13>');

/** Members from the priority, which a file lacks. */
const OF_PRIORITY = ['level', 'severity', 'facility'];

/**
 * Reads a line of a syslog file: as rsyslog and syslog-ng write to /var/log, usually without a priority, else as over
 * the network.
 * @param now the last write of the file, in milliseconds since 1970: its times lack the year.
 */
export function syslogFileLine(line: Buffer, now: number): string {
  const context = { now, peer: undefined };
  if (PRI.test(line.toString('latin1', 0, 5))) return syslogEvent(line, context).json;
  const event = JSON.parse(syslogEvent(Buffer.concat([NO_PRIORITY, line]), context).json) as Record<string, unknown>;
  return JSON.stringify(Object.fromEntries(Object.entries(event).filter(([key]) => !OF_PRIORITY.includes(key))));
}
