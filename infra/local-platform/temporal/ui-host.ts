import { randomInt } from 'node:crypto';

const octet = (): string => String(randomInt(1, 255));

/**
 * Where the server's own Web UI listens, different at every start. It answers to any host name and accepts commands, so
 * only the proxy in front of it may reach it: a web page whose host name resolves to this machine must not be able to
 * guess its address and port. Except on Linux the loopback has only the address 127.0.0.1; there the random port alone
 * hides it.
 */
export const UI_HOST = process.platform === 'linux' ? ['127', octet(), octet(), octet()].join('.') : '127.0.0.1';
