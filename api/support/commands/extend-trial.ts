import { Type } from 'typebox';
import { Closed, Instant, Reason } from '../../schemas/common.ts';
import { command, inPhase, REASON } from './command.ts';

/** A minute and a half: a trial may be extended only so often, and no extension may move nothing. */
const LEAST_DAYS = 0.001;

export const extendTrial = command({
  name: 'extend-trial',
  role: 'support',
  console: {
    ...{ title: 'Extend the trial', button: 'Extend', done: 'The trial is extended.' },
    offered: inPhase('trial'),
    onceOnly: true,
  },
  help: 'extend a trial',
  operationId: 'extendTrial',
  summary: 'Extend a trial',
  inputs: [
    {
      kind: 'number',
      field: 'days',
      label: 'Days',
      value: '7',
      least: LEAST_DAYS,
      wrong: ['The days are not valid', `Enter a number of days, at least ${String(LEAST_DAYS)}.`],
      option: ['--days <days>', 'how many'],
    },
    REASON,
  ],
  body: Closed(
    { days: Type.Number({ minimum: LEAST_DAYS, maximum: 365 }), reason: Reason },
    { examples: [{ days: 7, reason: 'Lost a week to our outage.' }] },
  ),
  reply: Type.Object({ trial_ends_at: Instant }),
  run: async (deps, command, body) => {
    const { extendTrial: extend } = await import('../customer-commands.ts');
    return { trial_ends_at: (await extend(deps, command, body)).trialEndsAt };
  },
});
