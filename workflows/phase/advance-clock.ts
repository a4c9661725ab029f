import { billing } from '../activity-calls/proxies.ts';
import type { LifecycleClock } from './clock.ts';
import type { PhaseCommand } from './phase-commands.ts';

interface Moved {
  readonly clock: LifecycleClock;
  readonly customerId: string;
  /** Whether the phase has ended; the next one takes it from there. */
  readonly isOver: () => boolean;
}

/** Moves a customer's clock, and Stripe's test clock with it; one move at a time. */
export function advanceClock({ clock, customerId, isOver }: Moved): PhaseCommand<'advanceClock'> {
  let advancing = false;
  return {
    refuse: ({ to }) => {
      const date = Date.parse(to);
      if (Number.isNaN(date)) return 'Give the date as an ISO 8601 instant, like 2026-12-24T00:00:00Z.';
      const now = clock.now();
      if (date < now) return `The customer's clock is at ${new Date(now).toISOString()}; it only moves forward.`;
      return advancing ? 'The clock is already being moved. Try again when that has finished.' : undefined;
    },
    run: async ({ to }) => {
      advancing = true;
      try {
        const moveProviders = (date: string) => billing.advanceTestClock({ customerId, to: date });
        const reached = await clock.advance(Date.parse(to), moveProviders, isOver);
        return { now: new Date(clock.now()).toISOString(), reached };
      } finally {
        advancing = false;
      }
    },
  };
}
