import { randomUUID } from 'node:crypto';
import { html } from 'ghtml';
import type { StaffRole } from '../../../infra/db/repositories/sessions.ts';
import type { ErrorBody } from '../../http/errors.ts';
import { whatHappened, type StripeEventShown } from '../../support/stripe-events.ts';
import { eventOwner, eventPath, eventState } from './console-events.ts';
import { csrfField, errorNotice, field, notice } from './forms.ts';
import type { Page } from './layout.ts';
import { cell, section, time } from './tables.ts';
import { facts, instant, readable } from './words.ts';

export interface EventPageView extends StripeEventShown {
  readonly csrf: string;
  readonly role: StaffRole;
  readonly done?: string | undefined;
  readonly error?: ErrorBody;
  /** The reason from a form that was refused. */
  readonly typed?: string | undefined;
}

const named = ({ event }: EventPageView): string => html`
  <h2>Details</h2>
  !${facts([
    { name: 'Customer', markup: eventOwner(event) },
    { name: 'Stripe customer', text: event.stripeCustomerId },
    { name: 'Object', text: event.objectId },
    { name: 'Created at Stripe', text: instant(event.eventCreatedAt) },
    { name: 'Received', text: instant(event.receivedAt) },
    { name: 'Mode', text: event.livemode ? 'live' : 'test' },
    { name: 'API version', text: event.apiVersion },
    { name: 'Tries', text: String(event.attempts) },
  ])}
  <p><small>The payload is not stored: Tenure reads the current state from Stripe.</small></p>
`;

const form = ({ event, csrf, typed }: EventPageView): string => html`
  <form method="post" action="${eventPath(event.eventId)}/redrive">
    !${csrfField(csrf)}<input
      type="hidden"
      name="key"
      value="${randomUUID()}"
    />!${field({ name: 'reason', label: 'Reason, for the audit trail', required: true, maxlength: 500, value: typed })}
    <button>Redeliver</button>
  </form>
`;

/** Shows the form to those who may use it; otherwise, or if it would not help, says why there is none. */
function redrive(view: EventPageView): string {
  const said = (text: string): string => html`<p>${text}</p>`;
  const why = view.useless === null ? undefined : said(`It would have no effect: ${view.useless}.`);
  const offered = view.role === 'operator' ? form(view) : said('An operator can redeliver this event.');
  return html`<section>
    <h2>Redeliver</h2>
    !${
      why ??
      html`<p>The customer's workflow reads Stripe again. This is safe at any time.</p>
        !${offered}`
    }
  </section>`;
}

/** One event: what it refers to, what became of it, and the form to redeliver it. */
export const eventPage = (view: EventPageView): Page => ({
  title: view.event.type,
  visitor: 'staff',
  wide: true,
  csrf: view.csrf,
  body: html`
    <hgroup>
      <h1>${view.event.type}</h1>
      <p><code>${view.event.eventId}</code></p>
    </hgroup>
    !${notice(view.done === 'redrive' ? 'The event was redelivered; the result is shown below.' : undefined)}!${errorNotice(view.error)}
    <p>!${eventState(view.event.state)} ${readable(whatHappened(view.event))}</p>
    !${named(view)}!${redrive(view)}!${section(
      'Redeliveries',
      ['When', 'By', 'Reason'],
      view.redrives.map(({ at, who, reason }) => [time(instant(at)), cell(who), cell(reason)]),
    )}
    <p><a href="/console/events">All Stripe events</a></p>
  `,
});
