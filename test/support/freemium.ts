import { addProfile, type Plan, type Profile } from '../../workflows/domain/profiles/index.ts';
import { tenure } from './default-product.ts';

const FREE: Plan = { id: 'free', name: 'Free', monthlyCents: 0, maxDevices: 1, connections: 2 };

/** A product with a free plan, which every signup gets. */
export const freemium: Profile = { ...tenure, name: 'freemium', plans: [FREE, ...tenure.plans] };
addProfile(freemium);

/** The same product, but a signup gets a plan with a trial. */
export const trialFirst: Profile = { ...freemium, plans: [...tenure.plans, FREE] };
