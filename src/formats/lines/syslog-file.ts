import { syslogEvent } from '../syslog/message.js';

const PRI = /^<\d{1,3}>/;

/** Stands before a line of a file: `user.notice`, of which nothing is kept. */
const NO_PRIORITY = Buffer.from('<13>');

/** What a priority says, which a file leaves out. */
const OF_PRIORITY = ['level', 'severity', 'facility'];

/**
 * Reads a line of a file of syslog: what rsyslog and syslog-ng write to /var/log, mostly without a priority, else as
 * over the network.
 * @param now when the file was written to last, in milliseconds since 1970: its times have no year.
 */
export function syslogFileLine(line: Buffer, now: number): string {
  const context = { now, peer: undefined };
  if (PRI.test(line.toString('latin1', 0, 5))) return syslogEvent(line, context).json;
  const event = JSON.parse(syslogEvent(Buffer.concat([NO_PRIORITY, line]), context).json) as Record<string, unknown>;
  return JSON.stringify(Object.fromEntries(Object.entries(event).filter(([key]) => !OF_PRIORITY.includes(key))));
}
