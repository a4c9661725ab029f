/** Products that come with Tenure; the first is the default. */
export const SHIPPED_PRODUCTS = ['tenure'] as const;
