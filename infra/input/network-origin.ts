import ipaddr from 'ipaddr.js';

/** Who has one address of these has all: what a provider gives one customer. */
const IPV6_PREFIX = 64;

/**
 * What of an address stands for one visitor when visitors are counted: an IPv4 address whole, also when it is written as
 * an IPv6 one, and of an IPv6 address its /64.
 */
export function networkOrigin(address: string): string {
  if (!ipaddr.isValid(address)) return address;
  const parsed = ipaddr.process(address);
  if (parsed instanceof ipaddr.IPv4) return parsed.toString();
  return ipaddr.IPv6.networkAddressFromCIDR(`${parsed.toNormalizedString()}/${String(IPV6_PREFIX)}`).toString();
}
