import {
  CORE_STEPS,
  defineMail,
  defineProduct,
  defineStep,
  type Mail,
  type PreviewContext,
  type ProductDefinition,
} from '../../../infra/product/index.ts';
import { WrongProductError } from '../../../workflows/domain/profiles/check-profile.ts';

const ACME = {
  ...{ name: 'acme', brand: { name: 'Acme' } },
  plans: [{ id: 'solo', name: 'Solo', monthlyCents: 500, maxDevices: 1, connections: 3 }],
} as const satisfies ProductDefinition;
const TIPS = { name: 'tipsMail', title: 'Send tips', part: 'instance', needs: ['stack'], mail: 'tips' } as const;
const tips = defineMail({ subject: 'Tips', paragraphs: ['Read them.'] });
const steps = [...CORE_STEPS, defineStep(TIPS)];

/** The complaints about the product with these members. */
function problemsOf(members: Partial<ProductDefinition>): readonly string[] {
  try {
    defineProduct({ ...ACME, ...members });
    return [];
  } catch (error) {
    if (error instanceof WrongProductError) return error.problems;
    throw error;
  }
}

test('a step that sends a mail is a row like the core’s own, whose activities send that mail and say so', async () => {
  const { profile, senders, actions, mails } = defineProduct({ ...ACME, steps, mails: { tips } });
  const row = {
    ...TIPS,
    takes: [],
    whenItFails: 'continue',
    run: 'acme.tipsMail.run',
    preview: 'acme.tipsMail.preview',
  };
  expect(profile.steps.at(-1)).toEqual(row);
  expect([senders, mails]).toEqual([{ 'acme.tipsMail.run': 'tips' }, { tips }]);
  expect(actions.lifecycle.acts).toEqual({});
  const say = actions.lifecycle.previews[row.preview];
  expect(await say?.({} as PreviewContext)).toEqual(['send the mail "tips"']);
});

test('one that new customers do not have any more keeps its mail', () => {
  const { profile, senders } = defineProduct({ ...ACME, retired: [defineStep(TIPS)], mails: { tips } });
  expect(profile.steps).toEqual(CORE_STEPS);
  expect(senders).toEqual({ 'acme.tipsMail.run': 'tips' });
});

const link = defineMail({
  subject: 'Your password',
  paragraphs: ['Set it.'],
  actions: ({ links }) => [{ label: 'Set it', url: links.setPassword ?? '/forgot-password' }],
});
const throwing = (): never => {
  throw new TypeError('no such word');
};
const leadingTo = (url: string): Mail => ({ ...tips, actions: [{ label: 'Read', url }] });

test.each<[string, Record<string, Mail>]>([
  ['one of the core’s', { welcome: tips }],
  ['one with the link that it is for', { passwordLink: link }],
  ['a welcome with other links', { welcome: { ...link, links: ['setPassword'] } }],
  ['a path', { ready: leadingTo('/account?done=it#top') }],
  ['an address', { ready: leadingTo('https://acme.example/tips') }],
])('%s is taken', (_label, mails) => {
  expect(problemsOf({ mails })).toEqual([]);
});

test.each<[string, Partial<ProductDefinition>, string]>([
  ['a step whose mail there is not', { steps }, 'steps.tipsMail.mail: there is no mail "tips". Mails: none.'],
  [
    'a mail that nobody sends',
    { mails: { welcom: tips } },
    'mails.welcom: no step sends it, and the core has no mail of that name',
  ],
  ['a mail of the name of support’s', { mails: { alert: tips } }, 'mails.alert: a name is letters and digits'],
  [
    'a step that sends one of the core’s',
    { steps: [...CORE_STEPS, defineStep({ ...TIPS, mail: 'ready' })], mails: { ready: tips } },
    'steps.tipsMail.mail: the core sends "ready" itself',
  ],
  [
    'two steps that send one mail',
    { steps: [...steps, defineStep({ ...TIPS, name: 'again' })], mails: { tips } },
    'steps: two send the mail "tips"',
  ],
  [
    'a step that does something too',
    { steps: [...CORE_STEPS, { ...TIPS, undo: () => Promise.resolve() } as typeof TIPS], mails: { tips } },
    'steps.tipsMail.undo: a step that sends a mail does nothing else',
  ],
  ['no subject', { mails: { ready: { ...tips, subject: ' ' } } }, 'mails.ready: its subject is empty'],
  ['no text', { mails: { ready: { ...tips, paragraphs: [] } } }, 'mails.ready: a paragraph is empty, or there is none'],
  [
    'a text that is for some customers empty',
    { mails: { ready: { ...tips, paragraphs: ({ customer }) => [customer.companyName ?? ''] } } },
    'mails.ready: a paragraph is empty',
  ],
  [
    'a text that comes later',
    { mails: { ready: { ...tips, subject: (() => Promise.resolve('x')) as never } } },
    'mails.ready: its subject is empty',
  ],
  ['a mail that throws', { mails: { ready: { ...tips, subject: throwing } } }, 'throws TypeError: no such word.'],
  ['no mail', { mails: { ready: undefined as never } }, 'mails.ready must be an object'],
  ['a script', { mails: { ready: leadingTo('javascript:alert(1)') } }, 'the action "Read" leads nowhere'],
  ['a path elsewhere', { mails: { ready: leadingTo('//evil.example') } }, 'the action "Read" leads nowhere'],
  ['a button without words', { mails: { ready: { ...tips, actions: [{ label: '', url: '/' }] } } }, 'has no label'],
  ['a link that it names and does not have', { mails: { welcome: { ...tips, links: ['setPassword'] } } }, 'links.set'],
  ['a link that it needs and does not name', { mails: { passwordLink: { ...link, links: [] } } }, 'links.setPassword'],
  [
    'a link that there is not',
    { mails: { ready: { ...tips, links: ['magic' as never] } } },
    'mails.ready.links: there is no link "magic". Links: setPassword, revealApiKey, afterLeaving.',
  ],
  ['a link that is missing', { mails: { passwordLink: tips } }, 'links.setPassword is missing'],
])('%s is refused, with the place and what to do', (_label, members, words) => {
  expect(problemsOf(members)).toContainEqual(expect.stringContaining(words));
});
