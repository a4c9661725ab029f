import type { Dated, Life } from './model/script.ts';

export const DAY = 86_400_000;
const HOUR = 3_600_000;
/** When a day is looked at: after all that happens at its hours. */
export const LOOKED_AT = 20 * HOUR;

/** One day of a customer, as it is compared. */
export interface Day {
  readonly phase: string;
  readonly access: string;
  readonly charged: number;
  readonly refunded: number;
  readonly mails: string;
  /** The day of their life on which the newest licence ends; of a model, Infinity is any day that is ahead. */
  readonly licensedUntil: number;
}

const sum = (amounts: readonly Dated<number>[], at: number): number =>
  amounts.filter((one) => one.at <= at).reduce((total, { what }) => total + what, 0);

/** Days begin an hour before the hour of the signup, so that what is counted from it falls into the day it is meant for. */
export const dayOf = (at: number, signedUpAt: number): number => Math.floor((at - signedUpAt + HOUR) / DAY);

export function daysOf(life: Life, { signedUpAt, days }: { signedUpAt: number; days: number }): Day[] {
  return Array.from({ length: days }, (_, day) => {
    const at = signedUpAt + day * DAY + LOOKED_AT;
    const { phase = '', access = '' } = life.standings.findLast((one) => one.at <= at) ?? {};
    const licence = life.licences.findLast((one) => one.at <= at)?.what ?? -DAY;
    return {
      ...{ phase, access, charged: sum(life.charges, at), refunded: sum(life.refunds, at) },
      mails: life.mails
        .filter((mail) => dayOf(mail.at, signedUpAt) === day)
        .map(({ what }) => what)
        .sort()
        .join(', '),
      licensedUntil: dayOf(licence, signedUpAt),
    };
  });
}
