import { randomUUID } from 'node:crypto';
import type { App } from '../../api/http/app-type.ts';
import { raiseAlert } from '../../infra/db/repositories/alerts.ts';
import { openDatabase } from '../../infra/db/database.ts';
import { LocalSns, TOPIC_ARN } from '../support/sns.ts';
import { createApiHarness, member, type ApiHarness } from './harness.ts';

let harness: ApiHarness;
let sns: LocalSns;
let app: App;
beforeAll(async () => {
  [harness, sns] = await Promise.all([createApiHarness(), LocalSns.start()]);
  app = await harness.another({ mailEvents: sns.topic });
});
afterAll(async () => {
  sns.close();
  await harness.stop();
});
beforeEach(() => {
  harness.temporal.updates.length = 0;
  sns.asked.length = 0;
  sns.isAway = false;
});

const post = async (message: object | string, to: App = app): Promise<number> => {
  const payload = typeof message === 'string' ? message : JSON.stringify(message);
  const headers = { 'content-type': 'text/plain; charset=UTF-8' };
  return (await to.inject({ method: 'POST', url: '/webhooks/ses', payload, headers })).statusCode;
};

type State = 'claimed' | 'sent' | 'failed' | 'unknown' | 'overtaken';

/** A customer's mail, with an alert about it. */
async function mailIn(state: State, template = 'trialReminder') {
  const { customerId } = await member(harness);
  const claimKey = `${customerId}:${template}:1:v1`;
  await harness.database
    .updateTable('customers')
    .set({ phase: 'trial' })
    .where('customerId', '=', customerId)
    .execute();
  const row = { customerId, template, claimKey, state, error: state === 'unknown' ? 'TimeoutError' : null };
  const { emailId } = await harness.database
    .insertInto('emails')
    .values(row)
    .returning('emailId')
    .executeTakeFirstOrThrow();
  const told = { step: template, errorType: 'MailAnswerLost', summary: '', suggestedFix: '', mail: claimKey };
  await raiseAlert(harness.database, { customerId, kind: `mail: ${template}`, ...told });
  return { customerId, emailId, claimKey };
}
type Mail = Awaited<ReturnType<typeof mailIn>>;

const emailOf = ({ emailId }: Pick<Mail, 'emailId'>) =>
  harness.database.selectFrom('emails').selectAll().where('emailId', '=', emailId).executeTakeFirstOrThrow();
const alertsOf = ({ customerId }: Mail) =>
  harness.database.selectFrom('alerts').selectAll().where('customerId', '=', customerId).orderBy('raisedAt').execute();
const openAlertsOf = async (mail: Mail): Promise<string[]> =>
  (await alertsOf(mail)).filter(({ resolvedAt }) => resolvedAt === null).map(({ kind }) => kind);

describe('the senders that may report events of mails', () => {
  test('a message is taken by its signature, of both versions, and its certificate is asked for once', async () => {
    const topicOfThisTest = sns.certificate('abcdefabcdefabcd');
    expect(await post(sns.message({ SigningCertURL: topicOfThisTest }))).toBe(200);
    expect(await post(sns.message({ SigningCertURL: topicOfThisTest }, '2'))).toBe(200);
    expect(sns.asked).toHaveLength(1);
  });

  test.each([
    ['no JSON', () => 'hello', 400],
    ['JSON that is no message', () => '{"Type":["Notification"]}', 400],
    ['nothing', () => '', 400],
    ['another topic', () => sns.message({ TopicArn: `${TOPIC_ARN}-2` }), 403],
    ['a signature of other words', () => ({ ...sns.message(), Message: 'Other words.' }), 400],
    ['a signature that is none', () => ({ ...sns.message(), Signature: 'AAAA' }), 400],
    ['a version nobody knows', () => ({ ...sns.message(), SignatureVersion: '3' }), 400],
    ['too much', () => sns.message({ Message: 'x'.repeat(600_000) }), 413],
  ])('%s is refused', async (_name, message, status) => {
    expect(await post(message())).toBe(status);
  });

  test.each([
    [
      'another host',
      () => ({
        SigningCertURL:
          'https://sns.eu-central-1.amazonaws.com.evil.example/SimpleNotificationService-0123456789abcdef.pem',
      }),
    ],
    ['another path', () => ({ SigningCertURL: `${sns.url}/any.pem` })],
    ['a query', () => ({ SigningCertURL: `${sns.certificate()}?x=.pem` })],
    ['http', () => ({ SigningCertURL: sns.certificate().replace('https', 'http') })],
  ])('a certificate from %s is not even asked for', async (_name, change) => {
    expect(await post(sns.message(change()))).toBe(400);
    expect(sns.asked).toEqual([]);
  });

  test('the name that the library takes for a certificate too has no effect', async () => {
    const evil = `${sns.url}/evil.pem`;
    expect(await post({ ...sns.message(), SigningCertUrl: evil })).toBe(200);
    expect(sns.asked).not.toContain('/evil.pem');
  });

  test('without a certificate to be had it comes again; without a topic nothing is taken', async () => {
    sns.isAway = true;
    expect(await post(sns.message({ SigningCertURL: sns.certificate('00000000') }))).toBe(503);
    expect(await post(sns.message(), harness.app)).toBe(403);
  });

  test('made-up certificates, many at once, are not all asked for', async () => {
    const made = Array.from({ length: 30 }, (_, n) => sns.certificate(`${String(n).padStart(8, '0')}beef`));
    const replies = await Promise.all(made.map((SigningCertURL) => post(sns.message({ SigningCertURL }))));
    expect(new Set(replies)).toEqual(new Set([200, 503]));
    expect(sns.asked.length).toBeLessThan(made.length);
  });
});

describe('a subscription', () => {
  test('is confirmed where SNS says, once more too', async () => {
    expect(await post(sns.confirmation())).toBe(200);
    expect(await post(sns.confirmation())).toBe(200);
    expect(sns.asked.filter((url) => url.includes('Action=ConfirmSubscription'))).toHaveLength(2);
  });

  test('comes again while SNS does not answer', async () => {
    await post(sns.message());
    sns.isAway = true;
    expect(await post(sns.confirmation())).toBe(503);
  });

  test.each([
    ['another host', () => 'https://localhost:1/?Action=ConfirmSubscription'],
    ['another order', () => `${sns.url}/?Action=DeleteTopic&TopicArn=${encodeURIComponent(TOPIC_ARN)}`],
    ['another topic', () => `${sns.url}/?Action=ConfirmSubscription&TopicArn=arn`],
    ['no address', () => 'confirm'],
  ])('at %s is not confirmed', async (_name, address) => {
    await post(sns.message());
    sns.asked.length = 0;
    expect(await post(sns.confirmation({ SubscribeURL: address() }))).toBe(200);
    expect(sns.asked).toEqual([]);
  });
});

describe('an event', () => {
  test.each(['Send', 'Delivery', 'Bounce', 'Complaint'])(
    '%s: the mail in doubt was sent, and its alert ends',
    async (type) => {
      const mail = await mailIn('unknown');
      expect(await post(sns.event(type, mail.emailId))).toBe(200);
      const { state, sesMessageId, sentAt } = await emailOf(mail);
      expect({ state, sesMessageId }).toEqual({ state: 'sent', sesMessageId: `0107-${mail.emailId}` });
      expect(sentAt).not.toBeNull();
      expect(await openAlertsOf(mail)).not.toContain('mail: trialReminder');
    },
  );

  test.each([
    ['claimed', 'sent'],
    ['failed', 'sent'],
    ['sent', 'sent'],
    ['overtaken', 'overtaken'],
  ] as const)('Delivery of a mail that is %s: it is %s', async (before, after) => {
    const mail = await mailIn(before);
    expect(await post(sns.event('Delivery', mail.emailId))).toBe(200);
    const { state, sesMessageId } = await emailOf(mail);
    expect(state).toBe(after);
    expect(sesMessageId === null).toBe(before === 'sent' || before === 'overtaken');
  });

  test('that comes again, late and in the wrong order does no harm', async () => {
    const mail = await mailIn('unknown');
    const bounce = sns.event('Bounce', mail.emailId, { bounce: { bounceType: 'Permanent' } });
    for (const message of [bounce, bounce, sns.event('Send', mail.emailId), sns.event('Reject', randomUUID()), bounce])
      expect(await post(message)).toBe(200);
    expect(await openAlertsOf(mail)).toEqual([`MailBounced: ${mail.emailId}`]);
    const again = (await alertsOf(mail)).find(({ kind }) => kind.startsWith('MailBounced'));
    expect(again).toMatchObject({ raisedCount: 1, step: 'trialReminder', mails: [mail.claimKey] });
    await harness.database
      .updateTable('alerts')
      .set({ resolvedAt: new Date() })
      .where('kind', '=', again?.kind ?? '')
      .execute();
    await post(bounce);
    expect(await openAlertsOf(mail)).toEqual([]);
  });

  test('a permanent bounce and a complaint are told to support once, by mail too; a full mailbox is not', async () => {
    const mail = await mailIn('sent');
    const owed = () =>
      harness.database
        .selectFrom('emails')
        .select(['emailId', 'details'])
        .where('customerId', '=', mail.customerId)
        .where('template', '=', 'alert')
        .execute();
    await post(sns.event('Bounce', mail.emailId, { bounce: { bounceType: 'Transient' } }));
    expect(await owed()).toEqual([]);
    for (const type of ['Bounce', 'Complaint'])
      await post(sns.event(type, mail.emailId, { bounce: { bounceType: 'Permanent' } }));
    const [bounced, complained] = await owed();
    expect(bounced?.details).toMatchObject({ step: 'trialReminder', errorType: 'MailBounced' });
    expect(complained?.details).toMatchObject({ errorType: 'MailComplaint' });
    expect([...harness.temporal.started.keys()]).toEqual(
      expect.arrayContaining([
        expect.stringContaining(bounced?.emailId ?? ''),
        expect.stringContaining(complained?.emailId ?? ''),
      ]),
    );
  });

  test('a bounce of a mail to support, or to a customer who has left, raises no alert', async () => {
    const [toSupport, goodbye] = [await mailIn('sent', 'alert'), await mailIn('sent', 'cancelled')];
    const { customerId } = goodbye;
    await harness.database
      .updateTable('customers')
      .set({ phase: 'ended' })
      .where('customerId', '=', customerId)
      .execute();
    for (const { emailId } of [toSupport, goodbye])
      expect(await post(sns.event('Bounce', emailId, { bounce: { bounceType: 'Permanent' } }))).toBe(200);
    expect(await openAlertsOf(toSupport)).toEqual(['mail: alert']);
    expect(await openAlertsOf(goodbye)).toEqual(['mail: cancelled']);
  });

  test('Reject: a mail in doubt certainly did not go out, and is owed again', async () => {
    const mail = await mailIn('unknown');
    harness.temporal.down = true;
    expect(await post(sns.event('Reject', mail.emailId))).toBe(500);
    harness.temporal.down = false;
    expect(await post(sns.event('Reject', mail.emailId))).toBe(200);
    expect(await emailOf(mail)).toMatchObject({ state: 'failed' });
    expect([...harness.temporal.started.keys()].some((id) => id.includes(mail.emailId))).toBe(true);
  });

  test.each([
    ['of another type', () => sns.event('Open', randomUUID())],
    ['of a mail nobody knows', () => sns.event('Send', randomUUID())],
    ['of another sender', () => sns.message({ Message: '{"eventType":"Send","mail":{"messageId":"1","tags":{}}}' })],
    ['whose tag is no id', () => sns.event('Send', "'; drop")],
    ['in words', () => sns.message({ Message: 'Successfully validated SNS topic for Amazon SES event publishing.' })],
  ])('%s is answered and has no effect', async (_name, message) => {
    expect(await post(message())).toBe(200);
  });

  test('is sent again while Postgres is away, and leaves no address anywhere', async () => {
    const away = openDatabase('postgres://nobody@127.0.0.1:1/none');
    const other = await harness.another({ everyProduct: away, mailEvents: sns.topic });
    expect(await post(sns.event('Send', randomUUID()), other)).toBe(503);
    await away.destroy();
    expect(harness.log()).not.toContain('canary-mail');
  });
});

describe('a mail that is a step', () => {
  /** A mail whose step has failed, as far as the workflow knows. */
  async function held(...failed: string[]): Promise<Mail> {
    const mail = await mailIn('unknown', 'welcome');
    const { customerId } = mail;
    for (const step of failed)
      await harness.database
        .insertInto('onboardingSteps')
        .values({ customerId, step, epoch: 1, state: 'failed', errorType: 'MailAnswerLost' })
        .execute();
    return mail;
  }

  test('has its step replayed by one command, however often it is told', async () => {
    const mail = await held('welcomeMail');
    harness.temporal.answers = [() => ({ willRun: ['welcomeMail'], nothingToDo: false, generation: 2 })];
    await post(sns.event('Send', mail.emailId));
    await post(sns.event('Delivery', mail.emailId));
    const [first, second] = harness.temporal.updates;
    expect(first).toMatchObject({ name: 'resumeOnboarding', argument: { actor: 'ses', from: 'welcomeMail' } });
    expect(second).toEqual(first);
    const audit = await harness.database.selectFrom('auditEvents').selectAll().where('actor', '=', 'ses').execute();
    expect(audit).toMatchObject([{ customerId: mail.customerId, action: 'command.resumeOnboarding' }]);
  });

  test('comes again while the onboarding runs; is left to support where other steps failed', async () => {
    const running = await held('welcomeMail');
    harness.temporal.refuse('The onboarding is running now.');
    expect(await post(sns.event('Send', running.emailId))).toBe(503);
    expect(await emailOf(running)).toMatchObject({ state: 'sent' });
    const parked = await held('welcomeMail', 'stack');
    harness.temporal.updates.length = 0;
    expect(await post(sns.event('Send', parked.emailId))).toBe(200);
    expect(harness.temporal.updates).toEqual([]);
  });
});
