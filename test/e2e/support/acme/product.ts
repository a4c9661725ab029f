import {
  CORE_STEPS,
  defineMail,
  defineProduct,
  defineResource,
  defineRoute,
  defineStep,
  refuse,
  Type,
  type PreviewContext,
  type ResourceContext,
} from 'tenure/product';

// The product of somebody who sells mail, as it would lie in a folder of their own.

const domainOf = ({ customer, settings }: PreviewContext): string =>
  `${settings['PRODUCT_REGISTRAR'] ?? ''}/domains/${encodeURIComponent(customer.slug ?? '')}`;

const mailDomain = defineStep({
  name: 'mailDomain',
  title: 'Register your mail domain',
  part: 'instance',
  needs: ['stack'],
  takes: ['slug'],
  whenItFails: 'policy',
  async run(context) {
    const { status } = await fetch(domainOf(context), {
      method: 'PUT',
      headers: { 'idempotency-key': context.key },
    });
    if (status === 409) throw refuse('DomainTaken', 'The mail domain is taken. Correct the slug, then replay.');
    if (status !== 200) throw new Error(`The registrar answered ${String(status)}.`);
  },
  async undo(context) {
    const { status } = await fetch(domainOf(context), { method: 'DELETE' });
    if (status !== 204 && status !== 404) throw new Error(`The registrar answered ${String(status)}.`);
  },
  async preview(context) {
    const { status } = await fetch(domainOf(context), { method: 'HEAD' });
    return status === 404 ? ['register the mail domain'] : [];
  },
});

const tipsMail = defineStep({
  name: 'tipsMail',
  title: 'Tell you how to set up your mail program',
  part: 'instance',
  needs: ['mailDomain'],
  mail: 'tips',
});

const askForMailbox = async (method: string, { customerId, inputs, settings }: ResourceContext): Promise<number> => {
  const query = new URLSearchParams({ address: String(inputs['address']), gigabytes: String(inputs['gigabytes']) });
  const url = `${settings['PRODUCT_REGISTRAR'] ?? ''}/mailboxes/${customerId}?${query.toString()}`;
  const { status } = await fetch(url, { method });
  if (status >= 500) throw new Error(`The registrar answered ${String(status)}.`);
  return status;
};
const putMailbox = async (context: ResourceContext) => ({ answered: await askForMailbox('PUT', context) });

const mailbox = defineResource({
  name: 'mailbox',
  inputs: ({ slug, limits }) => ({ address: slug, gigabytes: limits['gigabytes'] ?? 0 }),
  create: putMailbox,
  update: putMailbox,
  exists: async (context) => (await askForMailbox('HEAD', context)) === 200,
  async delete(context) {
    await askForMailbox('DELETE', context);
  },
});

const myDomain = defineRoute({
  ...{ method: 'GET', path: '/mail-domain', access: 'customer', summary: 'Your mail domain' },
  replies: { 200: Type.Object({ domain: Type.String(), plan: Type.String() }) },
  async handle({ customerId, tenure }) {
    const { slug, plan } = await tenure.customer(customerId ?? '');
    return { body: { domain: slug ?? '', plan } };
  },
});

const tips = defineMail({
  subject: 'How to set up your mail program',
  paragraphs: ({ customer }) => [`Your mail domain is ${customer.slug ?? ''}.`, 'Add it to your mail program.'],
  actions: [{ label: 'Show me how', url: 'https://acme.example/set-up' }],
});

const welcome = defineMail({
  subject: ({ brand }) => `Hello from ${brand.name}`,
  paragraphs: ({ terms }) => [`You have ${String(terms.trialDays)} days to try it. Your mail domain comes first.`],
  actions: ({ links }) => [
    ...(links.setPassword === undefined ? [] : [{ label: 'Set my password', url: links.setPassword }]),
    { label: 'Show my API key', url: links.revealApiKey ?? '/account' },
  ],
});

export default defineProduct({
  name: 'acme',
  brand: { name: 'Acme Mail', colour: '#8a1c5b', logo: 'logo.svg' },
  currency: 'eur',
  plans: [
    { id: 'solo', name: 'Solo', monthlyCents: 500, maxDevices: 1, connections: 3, limits: { gigabytes: 5 } },
    { id: 'team', name: 'Team', monthlyCents: 2_500, maxDevices: 25, connections: 10, limits: { gigabytes: 50 } },
  ],
  trialDays: 7,
  reminderDaysBeforeEnd: [2],
  steps: [...CORE_STEPS, mailDomain, tipsMail],
  mails: { tips, welcome },
  stack: [mailbox],
  routes: [myDomain],
});
