import type { Life } from './life.ts';

type Stage = (life: Life) => Promise<void>;

const leave: Readonly<Record<string, Stage>> = {
  async cancellation(life) {
    await life.customerAsks('/me/cancel', { when: 'now', reason: 'too expensive' });
    await life.untilRow('the end', ({ phase }) => phase === 'ended');
  },
  async erasure(life) {
    await life.command('erase', { confirm: life.customerId });
    await life.untilRow('the erasure', ({ email, stripeCustomerId }) => email === null && stripeCustomerId === null);
  },
};

/** Lives with the parts in which a fault is tried, in order; together they make every call to Stripe there is. */
export const LIVES: Readonly<Record<string, Readonly<Record<string, Stage>>>> = {
  'pays in the trial': {
    async onboarding(life) {
      await life.onboard(`Matrix ${life.mark.slice(0, 8)}`);
    },
    async extension(life) {
      await life.extend(3);
    },
    async conversion(life) {
      await life.setPassword();
      await life.pay();
      await life.paidInvoices(1);
    },
    async renewal(life) {
      await life.command('advance', { to: await life.inDays(32), reason: undefined });
      await life.paidInvoices(2);
    },
    async refund(life) {
      const { refund_id: refund } = await life.command('refund', {});
      life.check(refund !== undefined, 'no refund was told');
    },
    async 'leaving at the end'(life) {
      await life.customerAsks('/me/cancel', { when: 'period_end', reason: 'not sure yet' });
      await life.leavesAtEnd(true);
    },
    async 'staying after all'(life) {
      await life.customerAsks('/me/undo-cancellation', {});
      await life.leavesAtEnd(false);
    },
    ...leave,
  },
  'pays after the trial': {
    async onboarding(life) {
      await life.onboard(`Matrix ${life.mark.slice(0, 8)}`);
      await life.setPassword();
    },
    async expiry(life) {
      await life.command('advance', { to: await life.inDays(15), reason: undefined });
      await life.untilRow('the end of the trial', ({ standing }) => standing === 'read_only');
    },
    async 'extension after the end'(life) {
      await life.extend(5);
      await life.untilRow('the trial again', ({ standing }) => standing === 'active');
    },
    async 'second expiry'(life) {
      await life.command('advance', { to: await life.inDays(6), reason: undefined });
      await life.untilRow('the end of the trial', ({ standing }) => standing === 'read_only');
    },
    async 'conversion after the end'(life) {
      await life.pay();
      await life.paidInvoices(1);
    },
    ...leave,
  },
};
