import ipaddr from 'ipaddr.js';

/** Who has one address of these has all: what a provider gives one customer. */
const IPV6_PREFIX = 64;

/** Some proxies add the port the visitor sent from, another one for each connection. */
const WITH_PORT = /^(?:(\d+(?:\.\d+){3}):\d+|\[([^\]]+)\](?::\d+)?)$/;

/** Reads an address as a proxy writes it, with a port or without; IPv4 also when it is written as IPv6. */
export function readAddress(text: string): ipaddr.IPv4 | ipaddr.IPv6 | undefined {
  const [, v4, v6] = WITH_PORT.exec(text) ?? [];
  const address = v4 ?? v6 ?? text;
  return ipaddr.isValid(address) ? ipaddr.process(address) : undefined;
}

/** What of an address stands for one visitor when visitors are counted: an IPv4 address whole, of an IPv6 one its /64. */
export function networkOrigin(address: string): string {
  const parsed = readAddress(address);
  if (parsed === undefined) return address;
  if (parsed instanceof ipaddr.IPv4) return parsed.toString();
  return ipaddr.IPv6.networkAddressFromCIDR(`${parsed.toNormalizedString()}/${String(IPV6_PREFIX)}`).toString();
}
