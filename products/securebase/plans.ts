/** What the core counts for each instance, of which these customers have none. */
const COUNTED = { maxDevices: 1, connections: 5 };

/** Its tiers, each with the compliance framework that its customers are held to. */
export const plans = [
  { id: 'standard', name: 'Standard', monthlyCents: 200_000, framework: 'cis', ...COUNTED },
  { id: 'fintech', name: 'Fintech', monthlyCents: 800_000, framework: 'soc2', ...COUNTED },
  { id: 'healthcare', name: 'Healthcare', monthlyCents: 1_500_000, framework: 'hipaa', ...COUNTED },
  { id: 'government', name: 'Government', monthlyCents: 2_500_000, framework: 'fedramp', ...COUNTED },
] as const;
