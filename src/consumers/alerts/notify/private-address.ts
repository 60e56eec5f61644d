import { lookup as systemLookup, type LookupAddress, type LookupOptions } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { DeliveryError } from './delivery-error.js';

/**
 * Addresses that the public internet does not route: IANA's IPv4 and IPv6 Special-Purpose Address Registries, multicast,
 * and the IPv6 prefixes that carry an IPv4 address (6to4, NAT64).
 */
const PRIVATE: readonly (readonly [net: string, bits: number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  ['::', 96],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
];

const blocked = new BlockList();
for (const [net, bits] of PRIVATE) blocked.addSubnet(net, bits, isIP(net) === 6 ? 'ipv6' : 'ipv4');

/** True for an address that is not on the public internet. An IPv4 address within an IPv6 one counts as itself. */
export function isPrivateAddress(address: string): boolean {
  const family = isIP(address);
  return family === 0 || blocked.check(address, family === 6 ? 'ipv6' : 'ipv4');
}

/** The error for an address that a channel may not reach. */
export function privateTarget(host: string, address: string): DeliveryError {
  const name = host === address ? host : `${host} (${address})`;
  return new DeliveryError(`${name} is a loopback or private address; --allow-private-targets allows it`, {
    isPermanent: true,
  });
}

/** A lookup for `connect` that fails for private addresses: between an earlier check and the connection, DNS could change. */
export function publicLookup(lookup: typeof systemLookup = systemLookup): LookupFunction {
  return (host: string, options: LookupOptions, callback) => {
    lookup(host, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
      const hidden = error ? undefined : addresses.find(({ address }) => isPrivateAddress(address));
      const problem = error ?? (hidden && privateTarget(host, hidden.address));
      if (problem) callback(problem, '', 0);
      else if (options.all) callback(null, addresses);
      else callback(null, addresses[0]!.address, addresses[0]!.family);
    });
  };
}
