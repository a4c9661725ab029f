import { randomBytes } from 'node:crypto';

const LONGEST = 40;

/**
 * The host label that a company name suggests. Reserved words are not avoided: provisioning refuses them and support
 * corrects them.
 */
export function slugOf(companyName: string, customerId: string): string {
  const slug = companyName
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, LONGEST)
    .replace(/^-+|-+$/g, '');
  return slug === '' ? `customer-${customerId.slice(-8)}` : slug;
}

const NUMBERS = 9;

/** `acme`, `acme-2`, `acme-3` … */
export const slugCandidates = (base: string): readonly string[] => [
  base,
  ...Array.from({ length: NUMBERS - 1 }, (_, index) => `${base}-${String(index + 2)}`),
];

/** After this many attempts the suffix is random: many parallel signups would all find the same one free. */
const TRIES_BY_NUMBER = 2;

/** The first of `acme`, `acme-2`, `acme-3` … that is free, or else one with a random suffix. */
export function freeSlug(base: string, tries: number, taken: ReadonlySet<string>): string {
  const free = slugCandidates(base).find((candidate) => !taken.has(candidate));
  return free === undefined || tries > TRIES_BY_NUMBER ? `${base}-${randomBytes(4).toString('hex')}` : free;
}
