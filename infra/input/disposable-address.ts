import mailchecker from 'mailchecker';

/** The domain of a normalised address, and those above it: a mailbox may be handed out below a listed one. */
function* domainsOf(emailNorm: string): Generator<string> {
  const labels = emailNorm.slice(emailNorm.lastIndexOf('@') + 1).split('.');
  for (const index of labels.keys()) yield labels.slice(index).join('.');
}

/**
 * Whether the address is of a service that gives out mailboxes for minutes, by a list that others keep.
 * @param more - domains that count as well
 */
export function isDisposable(emailNorm: string, more: readonly string[] = []): boolean {
  const listed = mailchecker.blacklist();
  return [...domainsOf(emailNorm)].some((domain) => listed.has(domain) || more.includes(domain));
}
