import type { Config } from '../config.ts';

/** The address of the instance of that name, as its customer's browser reaches it. */
export const instanceUrl = ({ scheme, domain }: Pick<Config['tenants'], 'scheme' | 'domain'>, slug: string): string =>
  `${scheme}://${slug}.${domain}`;
