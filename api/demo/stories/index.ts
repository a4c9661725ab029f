import type { Story } from './story.ts';
import { STORIES as TRIAL } from './trial.ts';
import { STORIES as SECUREBASE } from './securebase.ts';
import { STORIES as PREDIXA } from './predixa.ts';

/** What is told of each product that comes with Tenure. */
export const STORIES: Readonly<Record<string, readonly Story[]>> = {
  tenure: TRIAL,
  iotistic: TRIAL,
  securebase: SECUREBASE,
  predixa: PREDIXA,
};
