import { defineProduct } from 'tenure/product';

// The default product, and the one to copy. What it does not say is as in workflows/domain/profiles/defaults.ts.
export default defineProduct({
  name: 'tenure',
  brand: { name: 'Tenure' },
  plans: [
    { id: 'starter', name: 'Starter', monthlyCents: 9_900, maxDevices: 10, connections: 5 },
    { id: 'professional', name: 'Professional', monthlyCents: 49_900, maxDevices: 100, connections: 20 },
    { id: 'enterprise', name: 'Enterprise', monthlyCents: 249_900, maxDevices: 1_000, connections: 50 },
  ],
});
