import { endAlertsOfMail, raiseAlert, wasAlerted } from '../../infra/db/repositories/alerts.ts';
import { findCustomer, followAlerts } from '../../infra/db/repositories/customers.ts';
import {
  cameAllTheSame,
  emailTurnedOutSent,
  emailTurnedOutUnsent,
  findEmail,
  findMail,
  oweEmail,
  type Mail,
} from '../../infra/db/repositories/emails.ts';
import { startOwedMail } from '../../infra/temporal/start-owed-mail.ts';
import { diagnose } from '../../workflows/domain/failures.ts';
import { replayOnboarding } from '../support/customer-commands.ts';
import type { AppDeps } from '../http/deps.ts';
import { ApiError } from '../http/errors.ts';
import { stepFailedByMail } from '../support/step-failed-by-mail.ts';
import { UnderWay } from '../support/under-way.ts';

/** What SES tells of a mail. It may come late, in any order and more than once. */
export interface MailEvent {
  readonly type: string;
  readonly emailId: string;
  readonly sesMessageId: string;
  /** Of a bounce: the address takes no mail at all. */
  readonly isPermanent: boolean;
}

type Effect = (deps: AppDeps, mail: Mail, event: MailEvent) => Promise<void>;

const ACTOR = 'ses';
const START_MS = 5_000;

const notYet = (cause: unknown): ApiError =>
  new ApiError(503, {
    error: 'Not available at the moment',
    message: 'The onboarding of this customer is running. Send the event again.',
    code: 'unavailable',
    retryAfterSeconds: 20,
    cause,
  });

/**
 * Has the workflow look at a step again that it holds for failed. One whose onboarding has failed waits for support, whose
 * replay runs the mail's step too.
 */
async function replayStep(deps: AppDeps, { customerId, emailId, template }: Mail, reason: string): Promise<void> {
  const failed = await stepFailedByMail(deps, customerId, template);
  if (!failed || failed.isParked) return;
  const order = { customerId, actor: ACTOR, commandId: `${ACTOR}:${emailId}` };
  try {
    await replayOnboarding(deps, order, { from: failed.step, corrections: {}, reason });
  } catch (error) {
    if (error instanceof UnderWay) return;
    if (!(error instanceof ApiError) || error.statusCode !== 409) throw error;
    // Refused because it is mended meanwhile, or because the onboarding is running.
    if (await stepFailedByMail(deps, customerId, template)) throw notYet(error);
  }
}

const owe = ({ temporal }: AppDeps, mail: Pick<Mail, 'customerId' | 'emailId'>): Promise<void> =>
  temporal.withDeadline(Date.now() + START_MS, () => startOwedMail(temporal, mail));

const wentOut: Effect = async (deps, mail, { sesMessageId }) => {
  const { customerId, emailId, claimKey } = mail;
  await deps.database.transaction().execute(async (tx) => {
    if (!(await emailTurnedOutSent(tx, emailId, sesMessageId))) return;
    await endAlertsOfMail(tx, customerId, claimKey);
    await followAlerts(tx, customerId);
  });
  // Also when it was known before: whoever learnt it may have died before this.
  if (await cameAllTheSame(deps.database, mail)) await replayStep(deps, mail, 'SES says that this mail was sent.');
};

/** Tells support once for each mail, by an alert and by a mail of its own. */
async function tellSupport(deps: AppDeps, mail: Mail, errorType: string): Promise<void> {
  const { customerId, emailId, template: step, claimKey } = mail;
  // A mail to support cannot be told of by another, and nothing is to be done for who has left.
  const customer = await findCustomer(deps.database, customerId);
  if (mail.isToSupport || customer?.phase === 'ended') return;
  const { cause, suggestedFix } = diagnose(errorType);
  const kind = `${errorType}: ${emailId}`;
  const details = { step, errorType, cause, suggestedFix };
  const claim = { customerId, template: 'alert', claimKey: `${kind}:alert`, details };
  await deps.database.transaction().execute(async (tx) => {
    await oweEmail(tx, claim);
    if (await wasAlerted(tx, customerId, kind)) return;
    const summary = `${errorType}: ${cause}`;
    await raiseAlert(tx, { ...{ customerId, kind, step, errorType }, summary, suggestedFix, mail: claimKey });
    await followAlerts(tx, customerId);
  });
  const alert = await findEmail(deps.database, claim.claimKey);
  if (alert?.state === 'failed') await owe(deps, { customerId, emailId: alert.emailId });
}

const bounced: Effect = async (deps, mail, event) => {
  await wentOut(deps, mail, event);
  if (event.isPermanent) await tellSupport(deps, mail, 'MailBounced');
};

const complainedOf: Effect = async (deps, mail, event) => {
  await wentOut(deps, mail, event);
  await tellSupport(deps, mail, 'MailComplaint');
};

/** What SES took and then refused certainly did not go out. */
const rejected: Effect = async (deps, mail) => {
  const { emailId, customerId } = mail;
  if (mail.state === 'sent') return tellSupport(deps, mail, 'MailNotSent');
  await emailTurnedOutUnsent(deps.database, emailId);
  const { state } = (await findMail(deps.database, emailId)) ?? {};
  if (state !== 'failed') return;
  if (await stepFailedByMail(deps, customerId, mail.template))
    await replayStep(deps, mail, 'SES did not send this mail.');
  else await owe(deps, mail);
};

const EFFECTS: Readonly<Record<string, Effect>> = {
  Send: wentOut,
  Delivery: wentOut,
  Bounce: bounced,
  Complaint: complainedOf,
  Reject: rejected,
};

/**
 * Learns from SES what became of a mail; what it does once it does not do again. Fails when something is away, and is to
 * be told again then.
 */
export async function takeMailEvent(deps: AppDeps, event: MailEvent): Promise<void> {
  const effect = Object.hasOwn(EFFECTS, event.type) ? EFFECTS[event.type] : undefined;
  const mail = effect && (await findMail(deps.database, event.emailId));
  if (mail) await effect(deps, mail, event);
}
