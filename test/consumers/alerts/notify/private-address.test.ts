import { expect, test } from 'vitest';
import { isPrivateAddress } from '../../../../src/consumers/alerts/notify/private-address.js';

test('finds addresses that are not on the public internet', () => {
  const hidden = [
    '127.0.0.1',
    '10.1.2.3',
    '172.31.255.255',
    '192.168.0.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '255.255.255.255',
    '::1',
    '::',
    '::ffff:127.0.0.1',
    '::ffff:a00:1',
    'fe80::1',
    'fd00::1',
    '64:ff9b::a00:1',
    '2002:7f00:1::',
    'localhost',
  ];
  const open = ['8.8.8.8', '172.32.0.1', '100.128.0.1', '2606:4700::1111', '::ffff:8.8.8.8'];

  expect(hidden.filter(address => !isPrivateAddress(address))).toEqual([]);
  expect(open.filter(address => isPrivateAddress(address))).toEqual([]);
});
