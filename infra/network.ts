import ipaddr from 'ipaddr.js';
import { readAddress } from './input/network-origin.ts';

/**
 * The network of an address, which may be stored because it does not identify a person. IPv4 by 24 bits, IPv6 by 48.
 */
export function networkOf(address: string): string {
  const parsed = readAddress(address);
  if (parsed === undefined) return 'unknown';
  return parsed instanceof ipaddr.IPv4
    ? `${ipaddr.IPv4.networkAddressFromCIDR(`${parsed.toString()}/24`).toString()}/24`
    : `${ipaddr.IPv6.networkAddressFromCIDR(`${parsed.toNormalizedString()}/48`).toString()}/48`;
}
