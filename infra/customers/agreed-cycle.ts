import { findProfile, isKnownProfile, type Cycle } from '../../workflows/domain/profiles/index.ts';
import { priceAgreed } from '../../workflows/domain/terms.ts';
import type { Customer } from '../db/repositories/customers.ts';

/** How often a customer pays. */
export const agreedCycle = ({ profile, terms }: Pick<Customer, 'profile' | 'terms'>): Cycle =>
  (isKnownProfile(profile) ? priceAgreed(terms, findProfile(profile))?.cycle : undefined) ?? 'monthly';
