import type { Stripe } from 'stripe';
import { idOf, refusal } from './harness.ts';
import { Sandbox } from './scenario.ts';

type Flow = Stripe.BillingPortal.SessionCreateParams.FlowData;
type Features = Stripe.BillingPortal.ConfigurationCreateParams.Features;

// "Customer portal" (docs.stripe.com/customer-management/integrate-customer-portal); API reference, "Customer portal"
// (docs.stripe.com/api/customer_portal/sessions, docs.stripe.com/api/customer_portal/configurations)
describe('the billing portal', () => {
  const sandbox = new Sandbox();
  const on = { enabled: true };

  const configure = (features: Features = {}) => sandbox.stripe.billingPortal.configurations.create({ features });
  const customer = async (): Promise<string> => (await sandbox.stripe.customers.create()).id;
  const open = (params: Stripe.BillingPortal.SessionCreateParams) =>
    sandbox.stripe.billingPortal.sessions.create(params);

  describe('configurations', () => {
    it('have everything off that is not switched on', async () => {
      expect(await configure({ invoice_history: on })).toMatchObject({
        ...{ object: 'billing_portal.configuration', active: true, is_default: false, livemode: false },
        features: {
          invoice_history: { enabled: true },
          customer_update: { enabled: false, allowed_updates: [] },
          payment_method_update: { enabled: false },
          subscription_cancel: { enabled: false, mode: 'at_period_end', proration_behavior: 'none' },
          subscription_update: { enabled: false, default_allowed_updates: [], proration_behavior: 'none' },
        },
        ...{ default_return_url: null, login_page: { enabled: false } },
      });
    });

    it('say how one leaves, and with which reasons', async () => {
      const options = ['too_expensive', 'other'] as const;
      const cancellation_reason = { enabled: true, options: [...options] };
      const subscription_cancel = { enabled: true, mode: 'immediately' as const, cancellation_reason };
      expect((await configure({ subscription_cancel })).features.subscription_cancel).toMatchObject(
        subscription_cancel,
      );
    });

    it('say which prices one may change to, and need them when one may', async () => {
      const price = await sandbox.harness.price();
      const products = [{ product: idOf(price.product), prices: [price.id] }];
      const subscription_update = { enabled: true, default_allowed_updates: ['price' as const], products };
      const made = await configure({ subscription_update });
      expect(made.features.subscription_update).toMatchObject({ enabled: true, products });
      const param = 'features[subscription_update][products]';
      const without = configure({ subscription_update: { enabled: true, default_allowed_updates: ['price'] } });
      expect(await refusal(without)).toMatchObject({ statusCode: 400, param });
    });

    it('are changed in part, and switched off', async () => {
      const { id } = await configure({ invoice_history: on, payment_method_update: on });
      const { configurations } = sandbox.stripe.billingPortal;
      const changed = await configurations.update(id, {
        ...{ features: { invoice_history: { enabled: false } }, metadata: { by: 'us' } },
        ...{ business_profile: { headline: 'Acme' }, default_return_url: 'https://acme.example/account' },
      });
      expect(changed).toMatchObject({
        features: { invoice_history: { enabled: false }, payment_method_update: { enabled: true } },
        ...{ metadata: { by: 'us' }, business_profile: { headline: 'Acme', privacy_policy_url: null } },
        default_return_url: 'https://acme.example/account',
      });
      await configurations.update(id, { active: false });
      expect((await configurations.list({ active: false })).data.map((one) => one.id)).toContain(id);
      const refused = await refusal(open({ customer: await customer(), configuration: id }));
      expect(refused).toMatchObject({ statusCode: 400, param: 'configuration' });
      expect((await configurations.retrieve(id)).active).toBe(false);
    });
  });

  describe('sessions', () => {
    it('are refused as long as nobody has made a configuration or saved the settings', async () => {
      const who = await customer();
      expect((await refusal(open({ customer: who }))).message).toContain('default configuration has not been created');
      await sandbox.harness.control.post('portal');
      const session = await open({ customer: who });
      const used = await sandbox.stripe.billingPortal.configurations.retrieve(idOf(session.configuration));
      expect(used.is_default).toBe(true);
      const off = sandbox.stripe.billingPortal.configurations.update(used.id, { active: false });
      expect(await refusal(off)).toMatchObject({ statusCode: 400, param: 'active' });
    });

    it('have an address, and lead back', async () => {
      const { id: configuration } = await configure({ invoice_history: on });
      const who = await customer();
      const return_url = 'https://acme.example/account';
      const session = await open({ customer: who, configuration, return_url, locale: 'de' });
      expect(session).toMatchObject({
        ...{ object: 'billing_portal.session', customer: who, configuration, return_url, locale: 'de', flow: null },
      });
      expect(session.url).toMatch(/\/p\/session\/test_\w{40}$/);
      const events = (await sandbox.stripe.events.list({ type: 'billing_portal.session.created' })).data;
      expect(events.map(({ data }) => (data.object as { id?: string }).id)).toContain(session.id);
    });

    it('lead back to where the configuration says when nothing else is said', async () => {
      const { id: configuration } = await sandbox.stripe.billingPortal.configurations.create({
        ...{ features: { invoice_history: on }, default_return_url: 'https://acme.example/home' },
      });
      expect(await open({ customer: await customer(), configuration })).toMatchObject({
        return_url: 'https://acme.example/home',
      });
    });

    it('are for a customer there is', async () => {
      expect(await refusal(open({ customer: 'cus_nobody' }))).toMatchObject({ statusCode: 400, param: 'customer' });
    });
  });

  // "Add deep links and flows" (docs.stripe.com/customer-management/portal-deep-links)
  describe('flows', () => {
    const everything = async (): Promise<string> => {
      const price = await sandbox.harness.price();
      const { id } = await configure({
        ...{ payment_method_update: on, subscription_cancel: on },
        customer_update: { enabled: true, allowed_updates: ['email'] },
        subscription_update: {
          ...{ enabled: true, default_allowed_updates: ['price', 'quantity'] },
          products: [{ product: idOf(price.product), prices: [price.id] }],
        },
      });
      return id;
    };
    const flow = async (make: (subscription: Stripe.Subscription) => Flow) => {
      const { customer: who, subscription } = await sandbox.begin();
      return open({ customer: who, configuration: await everything(), flow_data: make(subscription) });
    };

    it.each<[string, (subscription: Stripe.Subscription) => Flow]>([
      ['another card', () => ({ type: 'payment_method_update' })],
      ['another address', () => ({ type: 'customer_update' })],
      ['leaving', ({ id }) => ({ type: 'subscription_cancel', subscription_cancel: { subscription: id } })],
      ['another plan', ({ id }) => ({ type: 'subscription_update', subscription_update: { subscription: id } })],
      [
        'a plan to confirm',
        ({ id, items }) => ({
          type: 'subscription_update_confirm',
          subscription_update_confirm: { subscription: id, items: [{ id: idOf(items.data[0]), quantity: 2 }] },
        }),
      ],
    ])('lead to %s, and then to the portal', async (_what, make) => {
      let asked: Flow | undefined;
      const session = await flow((subscription) => (asked = make(subscription)));
      expect(session.flow).toMatchObject({ ...asked, after_completion: { type: 'portal_homepage', redirect: null } });
    });

    it('lead back when they are done', async () => {
      const redirect = { return_url: 'https://acme.example/done' };
      const after_completion = { type: 'redirect' as const, redirect };
      const session = await flow(() => ({ type: 'payment_method_update', after_completion }));
      expect(session.flow?.after_completion).toMatchObject({ type: 'redirect', redirect });
    });

    it.each<[string, (subscription: Stripe.Subscription) => Flow, string]>([
      ['without their subscription', () => ({ type: 'subscription_cancel' }), 'flow_data[subscription_cancel]'],
      [
        'with an item of another subscription',
        ({ id }) => ({
          type: 'subscription_update_confirm',
          subscription_update_confirm: { subscription: id, items: [{ id: 'si_other' }] },
        }),
        'flow_data[subscription_update_confirm][items][0][id]',
      ],
      [
        'back to nowhere',
        () => ({ type: 'payment_method_update', after_completion: { type: 'redirect' } }),
        'flow_data[after_completion][redirect]',
      ],
    ])('are refused %s', async (_what, make, param) => {
      expect(await refusal(flow(make))).toMatchObject({ statusCode: 400, param });
    });

    it('are refused for a subscription that is over, or of somebody else', async () => {
      const [mine, other] = [await sandbox.begin(), await sandbox.begin()];
      const configuration = await everything();
      const leave = (subscription: string) =>
        open({
          ...{ customer: mine.customer, configuration },
          flow_data: { type: 'subscription_cancel', subscription_cancel: { subscription } },
        });
      expect(await refusal(leave(other.subscription.id))).toMatchObject({ code: 'resource_missing' });
      await sandbox.stripe.subscriptions.update(mine.subscription.id, { cancel_at_period_end: true });
      expect((await refusal(leave(mine.subscription.id))).message).toContain('already set to be canceled');
      await sandbox.stripe.subscriptions.cancel(mine.subscription.id);
      expect(await refusal(leave(mine.subscription.id))).toMatchObject({ code: 'resource_missing' });
    });

    it('are refused when the configuration does not have them', async () => {
      const { id: configuration } = await configure({ invoice_history: on });
      const flow_data: Flow = { type: 'payment_method_update' };
      const refused = await refusal(open({ customer: await customer(), configuration, flow_data }));
      expect(refused).toMatchObject({ statusCode: 400, param: 'flow_data[type]' });
    });
  });
});
