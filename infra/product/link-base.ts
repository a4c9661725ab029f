/** Where the pages are that links lead to: each product has its own. */
export interface LinkBases {
  /** Of the first product, and of every other that `publicUrls` does not name. */
  readonly publicUrl: string;
  /** By the name of the product. */
  readonly publicUrls?: Readonly<Record<string, string>> | undefined;
}

/** The base of every link that a customer of this product gets, without a slash at the end. */
export const linkBase = ({ publicUrl, publicUrls }: LinkBases, product: string): string =>
  publicUrls?.[product] ?? publicUrl;
