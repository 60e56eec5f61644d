import { expect, test } from 'vitest';
import { syslogEvent } from '../../../src/formats/syslog/message.js';

const read = (message: string) => {
  const { json } = syslogEvent(Buffer.from(message), { now: Date.UTC(2026, 10, 28), peer: '192.0.2.1' });
  return JSON.parse(json) as Record<string, unknown>;
};

test('a header of Meraki has a time and a host', () => {
  expect(read('<134>1 1795856400.123456789 MX84 urls src=10.0.0.1:5 request: GET http://x')).toMatchObject({
    time: '2026-11-28T09:00:00.123456789Z',
    host: 'MX84',
    msg: 'urls src=10.0.0.1:5 request: GET http://x',
  });
});

test.each(['1 1795856400 is the answer, he said', '1 179585640 MX84 urls', '1 1795856400.1234567890 MX84 urls'])(
  'what only looks like one stays whole: %s',
  text => {
    expect(read(`<134>${text}`)).toMatchObject({ host: '192.0.2.1', msg: text });
  },
);

test('a message of FortiGate has its time, in its zone, and its device as the host', () => {
  const text =
    'date=2026-11-28 time=09:00:00 devname="FGT-1" devid="FG1" eventtime=1795856400 tz="+0130" type="traffic"';
  expect(read(`<189>${text}`)).toMatchObject({ time: '2026-11-28T09:00:00+01:30', host: 'FGT-1', msg: text });
});

test('a message of FortiGate without a zone has the zone of the server', () => {
  const text = 'date=2026-11-28 time=09:00:00 devname=FGT devid=FG1 type=traffic';
  expect(read(`<189>${text}`)).toMatchObject({
    time: `${new Date(2026, 10, 28, 9).toISOString().slice(0, -5)}Z`,
    host: 'FGT',
    msg: text,
  });
});

test.each(['date=2026-11-28 time=09:00:00 type=traffic', 'date=2026-02-30 time=09:00:00 devname="x"'])(
  'pairs without a device or a day are text: %s',
  text => {
    expect(read(`<189>${text}`)).toMatchObject({ host: '192.0.2.1', msg: text });
    expect(read(`<189>${text}`)).not.toHaveProperty('time');
  },
);
