import { eventually } from '../../support/eventually.ts';
import type { Journey } from './journey.ts';
import type { Registrar } from './registrar.ts';

/** Support's command line for the running installation: takes its arguments, returns its output. */
export type Typed = (...words: readonly string[]) => Promise<string>;

interface Scene {
  readonly journey: Journey;
  readonly registrar: Registrar;
  readonly tenure: Typed;
}

type Gwen = Awaited<ReturnType<Journey['signUp']>>;

const CORRECTED = ['--correct', 'slug=gwen-mail'] as const;

/** A customer whose mail domain is taken: support learns why, and what a replay would do, which changes nothing. */
export async function refusedAndPreviewed({ journey, registrar, tenure }: Scene): Promise<Gwen> {
  registrar.taken.add('gwen');
  const gwen = await journey.signUp('Gwen');
  await journey.until(gwen, ({ attention }) => attention === 'mailDomain', 'its step to be refused');
  expect(await tenure('list', '--attention')).toMatch(/ Gwen +solo +onboarding +mailDomain /);
  expect(await tenure('explain', 'Gwen')).toContain(
    'failed at mailDomain (DomainTaken): The mail domain is taken. Correct the slug, then replay.',
  );
  const shown = await tenure('replay', 'Gwen', ...CORRECTED, '--dry-run');
  expect(shown).toContain('run:   stack, instanceHealth, readyMail, mailDomain, tipsMail');
  expect(shown).toContain('update mailbox (address)');
  expect(shown).toContain('change by mailDomain: 1\n    register the mail domain');
  expect(shown).toContain('change by tipsMail: 1\n    send the mail "tips"');
  expect([...registrar.domains]).toEqual([]);
  expect(registrar.mailboxes.get(gwen.customerId)).toBe('?address=gwen&gigabytes=5');
  return gwen;
}

export async function correctedAndReplayed({ journey, registrar, tenure }: Scene, gwen: Gwen): Promise<void> {
  await tenure('replay', gwen.customerId, ...CORRECTED, '--reason', 'the domain was taken');
  await journey.until(gwen, ({ phase }) => phase === 'trial', 'the trial');
  expect([...registrar.domains]).toEqual(['gwen-mail']);
  expect(registrar.mailboxes.get(gwen.customerId)).toBe('?address=gwen-mail&gigabytes=5');
  expect(await gwen.read('/mail-domain')).toEqual({ domain: 'gwen-mail', plan: 'solo' });
  expect(await journey.health('gwen-mail')).toMatchObject({ company: 'Gwen' });
  // With the same key, a provider that repeats its old answer would refuse for ever.
  expect(registrar.keys.at(-1)).not.toBe(registrar.keys[0]);
}

export async function paid({ journey, tenure }: Scene, gwen: Gwen): Promise<void> {
  await gwen.payByCard('4242424242424242');
  await journey.until(gwen, ({ phase }) => phase === 'subscription', 'the subscription');
  expect(await journey.world.paid(gwen.customerId)).toBe(500);
  expect(await tenure('show', gwen.customerId)).toMatch(/ paid +5\.00 EUR +5\.00 EUR /);
  const mails = await journey.world.inbox(gwen.email);
  for (const subject of ['Hello from Acme Mail', 'How to set up your mail program'])
    expect(mails.filter((mail) => mail === subject)).toEqual([subject]);
  expect(mails).not.toContain('Welcome to Acme Mail');
}

/** The results of the product's step and of its resource are removed, and the stack is gone. */
export async function gone({ journey, registrar, tenure }: Scene, gwen: Gwen): Promise<void> {
  await gwen.cancel('moving on');
  const empty = (made: { readonly size: number }) => () => Promise.resolve(made.size === 0 || undefined);
  await eventually('the domain to be given up', empty(registrar.domains));
  await eventually('the mailbox to be removed', empty(registrar.mailboxes));
  const isGone = async () => !(await journey.world.databaseExists(gwen.customerId)) || undefined;
  await eventually('the instance to be gone', isGone);
  await tenure('advance', gwen.customerId, '--to', await journey.world.inDays(gwen.customerId, 40));
  await journey.until(gwen, ({ phase }) => phase === 'ended', 'the end');
}
