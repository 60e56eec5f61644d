import { expect, test } from 'vitest';
import { senderAt } from '../../../src/receivers/auth/address.js';

test.each([
  [undefined, 'unknown'],
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:DB8::5:6', '2001:db8:0:0::/64'],
])('given the address %s, then its sender is %s', (address, sender) => {
  expect(senderAt(address)).toBe(sender);
});
