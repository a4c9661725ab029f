import { arrange } from '../activities/provisioning/support/arrangement.ts';
import { describeTarget } from './target.ts';

describeTarget({ name: 'local', arrange, killedAfter: globalThis.TENURE_FULL ? [0, 1, 2, 3, 4] : [2] });
