/** What the core counts for each instance: it has no devices. */
const COUNTED = { maxDevices: 0, connections: 5 };

/** Its tiers, each with the compliance framework that its customers are held to. */
export const plans = [
  {
    ...{ id: 'standard', name: 'Standard', monthlyCents: 200_000, framework: 'cis', ...COUNTED },
    stripeProduct: 'prod_standard',
  },
  {
    ...{ id: 'fintech', name: 'Fintech', monthlyCents: 800_000, framework: 'soc2', ...COUNTED },
    stripeProduct: 'prod_fintech',
  },
  {
    ...{ id: 'healthcare', name: 'Healthcare', monthlyCents: 1_500_000, framework: 'hipaa', ...COUNTED },
    stripeProduct: 'prod_healthcare',
  },
  {
    ...{ id: 'government', name: 'Government', monthlyCents: 2_500_000, framework: 'fedramp', ...COUNTED },
    stripeProduct: 'prod_government',
  },
] as const;
