import { basename } from 'node:path';

/** How a file that must survive a power cut is treated when it did not. */
interface KeptFile {
  /** Its reader does without it, and it is written again by itself. */
  readonly anew: boolean;
  /** What a person does, as the end of "<file> is empty or damaged: …". */
  readonly remedy: string;
}

const EVERY_START = 'stop Tenure and start it again, which writes it anew';
const BY_THE_STACK = "change the customer's stack in any way, or adopt it: both write it anew";

/**
 * Every file that is replaced whole, and what its loss means. What only holds preferences, or follows from something
 * else, is made anew; what would lock customers out of what they have is never made anew by itself.
 */
const KEPT_FILES: Readonly<Record<string, KeptFile>> = {
  'secrets.json': {
    anew: false,
    remedy:
      'restore it from a copy. It holds the passwords of the databases and the passphrase of the stacks, so it is ' +
      'not made anew; to begin without the customers who are here, move the whole state folder away',
  },
  'licence.pem': {
    anew: false,
    remedy: 'restore it from a copy. Every licence is signed with it, so it is not made anew',
  },
  'licence.pub.pem': { anew: true, remedy: EVERY_START },
  'ports.json': { anew: true, remedy: EVERY_START },
  'processes.json': { anew: true, remedy: EVERY_START },
  'run.json': { anew: false, remedy: EVERY_START },
  'lease.json': {
    anew: false,
    remedy: 'nothing is to be done, the next operation on the stack takes it for one that was cut off',
  },
  'instance.json': { anew: false, remedy: BY_THE_STACK },
  'credentials.json': { anew: false, remedy: BY_THE_STACK },
  'process.json': { anew: true, remedy: 'restart the tenant gateway, which writes it anew' },
  PG_VERSION: {
    anew: false,
    remedy:
      'restore the folder postgres from a copy. It knows the customers who are here; to begin without them, move the ' +
      'whole state folder away',
  },
  'temporal.db': {
    anew: false,
    remedy:
      'restore it from a copy, or move it away with the files of its name beside it. Temporal then begins empty, and ' +
      '"tenure reconcile --mend" gives customers their workflows again',
  },
  'stripe.db': {
    anew: false,
    remedy:
      'restore it from a copy. It is the Stripe that knows the customers who are here; to begin without them, move the ' +
      'whole state folder away',
  },
  'manifest.json': { anew: false, remedy: 'this backup cannot be restored, use another one of the same customer' },
};

const UNLISTED: KeptFile = { anew: false, remedy: 'restore it from a copy' };

export const keptFile = (path: string): KeptFile => KEPT_FILES[basename(path)] ?? UNLISTED;
