import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cloudProvider, readFirmware, type Firmware } from '../../../src/receivers/host/cloud.js';
import { temporaryStore } from '../../helpers/store.js';

const NOTHING: Firmware = {
  sys_vendor: '',
  product_name: '',
  bios_vendor: '',
  bios_version: '',
  chassis_asset_tag: '',
  board_vendor: '',
};

test.each<[string | undefined, Partial<Firmware>]>([
  ['aws', { sys_vendor: 'Amazon EC2', product_name: 'm5.large' }],
  ['aws', { sys_vendor: 'Xen', bios_version: '4.11.amazon' }],
  ['azure', { sys_vendor: 'Microsoft Corporation', chassis_asset_tag: '7783-7084-3265-9085-8269-3286-77' }],
  ['gcp', { sys_vendor: 'Google', product_name: 'Google Compute Engine' }],
  ['digitalocean', { sys_vendor: 'DigitalOcean' }],
  ['openstack', { sys_vendor: 'OpenStack Foundation', product_name: 'OpenStack Nova' }],
  [undefined, { sys_vendor: 'Microsoft Corporation', product_name: 'Virtual Machine' }],
  [undefined, { sys_vendor: 'LENOVO' }],
  [undefined, {}],
])('given the firmware of %s, then that is the provider', (provider, firmware) => {
  expect(cloudProvider({ ...NOTHING, ...firmware })).toBe(provider);
});

test('reads each field that the system shows, and leaves missing ones empty', () => {
  const dir = temporaryStore();
  writeFileSync(join(dir, 'sys_vendor'), 'Hetzner\n');
  mkdirSync(join(dir, 'product_name'));

  expect(readFirmware(dir)).toEqual({ ...NOTHING, sys_vendor: 'Hetzner' });
});
