import { tenantNames } from '../spec.ts';
import type { LandingZones } from './settings.ts';

/** AWS takes at most this many characters for the address of an account's owner. */
const LONGEST_EMAIL = 64;
const LONGEST_MARK = '+.99'.length + 32;

const idOf = (customerId: string): string => customerId.replace('cust_', '').replaceAll('-', '');

/** Whether accounts of any customer can have an address made of this one. */
export const canCarryIds = (email: string): boolean =>
  /^[^@+\s]+@[^@\s]+$/.test(email) && email.length + LONGEST_MARK <= LONGEST_EMAIL;

/**
 * No two accounts in the world may have one address, so an account that a lost answer left behind is found by it. One
 * that was closed keeps its address for 90 days; the next account of that customer gets a number.
 */
export function accountEmail({ email }: Pick<LandingZones, 'email'>, customerId: string, closed = 0): string {
  // Refuses an id that is not one of ours.
  tenantNames(customerId);
  return email.replace('@', `+${idOf(customerId)}${closed === 0 ? '' : `.${String(closed)}`}@`);
}

/** Whether {@link accountEmail} makes this address for the customer. */
export function isAccountEmail({ email }: Pick<LandingZones, 'email'>, customerId: string, address: string): boolean {
  const [local = '', domain = ''] = email.split('@');
  const [given = '', at = ''] = address.split('@');
  const mark = given.slice(local.length + 1 + idOf(customerId).length);
  return at === domain && given === `${local}+${idOf(customerId)}${mark}` && /^([.]\d+)?$/.test(mark);
}

/** The tag of everything that belongs to a customer. */
export const CUSTOMER_TAG = 'tenure:customer';

/** Names of permission sets have at most 32 characters. */
export const permissionSetName = (role: string, customerId: string): string =>
  `${role}-${idOf(customerId).slice(0, 16)}`;
