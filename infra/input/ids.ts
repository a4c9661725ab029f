import { randomUUID } from 'node:crypto';

/** `cust_<uuid>`. It names folders, databases and roles. */
export const CUSTOMER_ID_PATTERN = '^cust_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$';

const CUSTOMER_ID = new RegExp(CUSTOMER_ID_PATTERN);

export const newCustomerId = (): string => `cust_${randomUUID()}`;

export const isCustomerId = (text: string): boolean => CUSTOMER_ID.test(text);

/** What an id, a type or a version of somebody else's is made of: visible ASCII, and not much of it. */
export const FOREIGN_ID_PATTERN = '^[!-~]{1,255}$';

const FOREIGN_ID = new RegExp(FOREIGN_ID_PATTERN);

export const isForeignId = (text: string): boolean => FOREIGN_ID.test(text);

/** Chosen by whoever sends a command, so that sending it again is one effect. */
export const COMMAND_KEY_PATTERN = '^[A-Za-z0-9_.:-]{1,100}$';

const COMMAND_KEY = new RegExp(COMMAND_KEY_PATTERN);

export const isCommandKey = (text: string): boolean => COMMAND_KEY.test(text);
