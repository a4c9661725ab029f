import { randomInt } from 'node:crypto';

const octet = (): string => String(randomInt(1, 255));

/**
 * Where the server's own Web UI listens, new at every start. It answers to any host name and takes orders, and only the
 * fence before it may reach it: a page that has a name of its own point to this machine must not guess address and port.
 * Elsewhere than on Linux 127.0.0.1 is the one address of the loopback there is; the random port alone hides it then.
 */
export const UI_HOST = process.platform === 'linux' ? ['127', octet(), octet(), octet()].join('.') : '127.0.0.1';
