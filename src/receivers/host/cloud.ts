import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf } from '../../core/errors.js';

/** Where Linux shows what the firmware says of the machine (DMI, SMBIOS). */
const DMI = '/sys/class/dmi/id';

const FILES = [
  'sys_vendor',
  'product_name',
  'bios_vendor',
  'bios_version',
  'chassis_asset_tag',
  'board_vendor',
] as const;

/** What the firmware says: the DMI fields that tell clouds apart, each empty where it does not say. */
export type Firmware = Readonly<Record<(typeof FILES)[number], string>>;

/** What each provider writes into its machines, as their documentation and cloud-init know it. */
const SIGNS: readonly (readonly [provider: string, isIt: (firmware: Firmware) => boolean])[] = [
  ['aws', f => /amazon/i.test(`${f.sys_vendor} ${f.bios_vendor} ${f.bios_version} ${f.board_vendor}`)],
  ['azure', f => f.chassis_asset_tag === '7783-7084-3265-9085-8269-3286-77'],
  ['gcp', f => /^google/i.test(f.product_name) || f.sys_vendor === 'Google' || f.bios_vendor === 'Google'],
  ['oracle', f => f.chassis_asset_tag === 'OracleCloud.com'],
  ['alibaba', f => /^alibaba cloud/i.test(f.sys_vendor)],
  ['tencent', f => /^tencent cloud/i.test(f.sys_vendor)],
  ['digitalocean', f => f.sys_vendor === 'DigitalOcean'],
  ['hetzner', f => f.sys_vendor === 'Hetzner'],
  ['linode', f => /^(linode|akamai)/i.test(f.sys_vendor)],
  ['vultr', f => f.sys_vendor === 'Vultr'],
  ['scaleway', f => f.sys_vendor === 'Scaleway'],
  ['upcloud', f => f.sys_vendor === 'UpCloud'],
  ['exoscale', f => f.product_name === 'Exoscale Compute Platform'],
  ['openstack', f => /^openstack/i.test(f.product_name) || /^openstack/i.test(f.chassis_asset_tag)],
];

/** The cloud whose machine this is, by its firmware; undefined when that names none. Nothing is asked over the network. */
export function cloudProvider(firmware: Firmware): string | undefined {
  return SIGNS.find(([, isIt]) => isIt(firmware))?.[0];
}

/** Reads what the firmware says; all of it empty where the system does not show it. */
export function readFirmware(dir = DMI): Firmware {
  const entries = FILES.map(name => [name, readOrEmpty(join(dir, name))] as const);
  return Object.fromEntries(entries) as Record<(typeof FILES)[number], string>;
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    // There is no such field, or it is for root alone: the firmware says nothing to us.
    if (codeOf(error) !== undefined) return '';
    throw error;
  }
}
