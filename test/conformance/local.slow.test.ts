import { arrange } from '../activities/provisioning/support/arrangement.ts';
import { IS_FULL } from '../support/jest/settings.ts';
import { describeTarget } from './target.ts';

describeTarget({ name: 'local', arrange, killedAfter: IS_FULL ? [0, 1, 2, 3, 4] : [2] });
