import { DecodeError } from '../decoder.js';

/** nginx, `ngx_log_error_core`: `2026/11/20 08:00:06 [error] 31#31: *1 message`. */
const NGINX = /^(\d{4})\/(\d{2})\/(\d{2}) (\d{2}):(\d{2}):(\d{2}) \[(\w+)\] (\d+)#(\d+): (?:\*(\d+) )?(.*)$/s;

/** Apache 2.4, the default of ErrorLogFormat: `[Fri Sep 09 10:42:29.902022 2011] [core:error] [pid 35708:tid 43286] [client 72.15.99.187:4711] message`. */
const APACHE =
  /^\[\w{3} (\w{3}) (\d{2}) (\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,6}))? (\d{4})\] \[(?:([\w.]*):)?(\w+)\] (?:\[pid (\d+)(?::tid (\d+))?\] )?(?:\[client ([^\]]+)\] )?(.*)$/s;

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Reads a line of nginx's error log, with times in the local time zone. @throws DecodeError `invalid_line`. */
export function nginxErrorLine(line: string): string {
  const found = NGINX.exec(line);
  if (!found) throw noErrorLine('nginx');
  const [, year, month, day, hour, minute, second, level, pid, tid, connection, msg] = found;
  const time = local([year, month, day, hour, minute, second].map(Number));
  const numbers = { pid: number(pid), tid: number(tid), connection: number(connection) };
  return JSON.stringify({ time, type: 'log', level, ...numbers, msg });
}

/** Reads a line of Apache's error log, with times in the local time zone. @throws DecodeError `invalid_line`. */
export function apacheErrorLine(line: string): string {
  const found = APACHE.exec(line);
  const month = MONTHS.indexOf(found?.[1] ?? '') + 1;
  if (!found || month === 0) throw noErrorLine('Apache');
  const [, , day, hour, minute, second, fraction, year, module, level, pid, tid, client, msg] = found;
  const time = local([Number(year), month, Number(day), Number(hour), Number(minute), Number(second)], fraction);
  return JSON.stringify({
    time,
    type: 'log',
    level,
    module: module === '' ? undefined : module,
    pid: number(pid),
    tid: number(tid),
    client,
    msg,
  });
}

function noErrorLine(server: string): DecodeError {
  return new DecodeError('invalid_line', `it is not a line of an access log or of ${server}'s error log`);
}

/** A local time as ISO 8601 in UTC. */
function local([year, month, day, hour, minute, second]: readonly number[], fraction = ''): string {
  const iso = new Date(year!, month! - 1, day, hour, minute, second).toISOString();
  return fraction === '' ? iso : iso.replace(/\.\d+/, `.${fraction}`);
}

function number(digits: string | undefined): number | undefined {
  return digits === undefined ? undefined : Number(digits);
}
