import { expect, test } from 'vitest';
import { grpcAddress, statsdAddress, syslogAddress } from '../../../src/cli/config/listen-address.js';

test.each([
  ['127.0.0.1:5514', '127.0.0.1', 5514, 'udp tcp'],
  [':600', '127.0.0.1', 600, 'udp tcp'],
  ['600', '127.0.0.1', 600, 'udp tcp'],
  ['0.0.0.0', '0.0.0.0', 5514, 'udp tcp'],
  ['udp://[::1]:514', '::1', 514, 'udp'],
  ['tcp://localhost:514', 'localhost', 514, 'tcp'],
])('given %s, then syslog is taken there', (text, host, port, protocols) => {
  expect(syslogAddress(text)).toEqual({ host, port, protocols: protocols.split(' ') });
});

test('given an interval, then statsd gathers for that long', () => {
  expect(statsdAddress('localhost:1=60s')).toEqual({ host: 'localhost', port: 1, intervalMs: 60_000 });
  expect(statsdAddress('=5s')).toEqual({ host: '127.0.0.1', port: 8125, intervalMs: 5000 });
});

test.each([
  ['', '127.0.0.1', 4317],
  ['0.0.0.0', '0.0.0.0', 4317],
  ['[::1]:0', '::1', 0],
])('given "%s", then OTLP over gRPC is taken there', (text, host, port) => {
  expect(grpcAddress(text)).toEqual({ host, port });
});

test.each(['a:b', '1.2.3.4:70000', '::1', 'a b', 'http://x'])('given %s, then it is no address', text => {
  expect(() => syslogAddress(text)).toThrow('is not an address to listen on');
});
