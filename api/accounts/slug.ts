const LONGEST = 40;

/** The host label a company name suggests. Reserved words stay: provisioning refuses them and support corrects. */
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

/** The first of `acme`, `acme-2`, `acme-3` … that nobody has. */
export function freeSlug(base: string, taken: ReadonlySet<string>): string {
  if (!taken.has(base)) return base;
  let number = 2;
  while (taken.has(`${base}-${String(number)}`)) number += 1;
  return `${base}-${String(number)}`;
}
