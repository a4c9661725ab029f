import { html } from 'ghtml';
import { STRIPE_EVENT_STATES, type StripeEventState } from '../../../infra/db/repositories/stripe-events.ts';
import type { EventPage, EventView } from '../../../infra/db/repositories/stripe-inbox.ts';
import { select } from './forms.ts';
import type { Page } from './layout.ts';
import { cell, table, time } from './tables.ts';
import { badge, instant } from './words.ts';

type Filter = { readonly [name in 'type' | 'state' | 'customer' | 'from' | 'to']?: string };

export interface EventsView {
  readonly page: EventPage;
  readonly filter: Filter;
  readonly csrf: string;
}

const KINDS: Readonly<Record<StripeEventState, 'good' | 'busy' | 'bad' | 'calm'>> = {
  received: 'busy',
  done: 'good',
  parked: 'bad',
  ignored: 'calm',
};

export const eventState = (state: StripeEventState): string => badge(state, KINDS[state]);

export const eventPath = (eventId: string): string => `/console/events/${encodeURIComponent(eventId)}`;

/** The owner: a customer here, a customer in Stripe, or nobody. */
export const eventOwner = ({ ownerId, ownerName, stripeCustomerId }: EventView): string =>
  ownerId === null ? cell(stripeCustomerId) : html`<a href="/console/customers/${ownerId}">${ownerName ?? ownerId}</a>`;

const row = (event: EventView): readonly string[] => [
  time(instant(event.receivedAt)),
  html`<a href="${eventPath(event.eventId)}">${event.type}</a>`,
  eventOwner(event),
  eventState(event.state),
  cell(event.attempts),
  cell(event.reason ?? event.lastError),
];

function olderLink({ page, filter }: EventsView): string {
  if (page.next === null) return '';
  const query = new URLSearchParams({ ...filter, cursor: page.next });
  return html`<p><a role="button" class="secondary" href="/console/events?${query.toString()}">Older events</a></p>`;
}

/** The part that changes with the filter. */
export const eventTable = (view: EventsView): string =>
  view.page.events.length === 0
    ? html`<p role="status">No events match.</p>`
    : html`!${table(['Received', 'Event', 'Customer', 'State', 'Tries', 'Reason'], view.page.events.map(row))}!${olderLink(view)}`;

const states = [
  { value: '', label: 'Any state' },
  ...STRIPE_EVENT_STATES.map((state) => ({ value: state, label: state })),
];

const input = (filter: Filter, name: keyof Filter, label: string, type: string, example = ''): string =>
  html`<div>
    <label for="${name}">${label}</label
    ><input
      id="${name}"
      type="${type}"
      name="${name}"
      value="${filter[name] ?? ''}"
      placeholder="${example}"
      maxlength="255"
    />
  </div>`;

const filters = ({ filter }: EventsView): string => html`
  <search>
    <form
      class="filters"
      action="/console/events"
      hx-get="/console/events"
      hx-trigger="change, input delay:300ms, submit"
      hx-target="#events"
      hx-replace-url="true"
    >
      !${input(filter, 'type', 'Type', 'search', 'invoice.')}
      <div>!${select({ name: 'state', label: 'State', chosen: filter.state }, states)}</div>
      !${input(filter, 'customer', 'Customer id', 'search', 'cust_… or cus_…')}
      !${input(filter, 'from', 'From day (UTC)', 'date')}!${input(filter, 'to', 'To day (UTC)', 'date')}
      <div><button class="secondary spaced">Filter</button></div>
    </form>
  </search>
`;

/** Every Stripe event that is still kept, the newest first. */
export const eventsPage = (view: EventsView): Page => ({
  title: 'Stripe events',
  visitor: 'staff',
  live: true,
  wide: true,
  csrf: view.csrf,
  body: html`
    <h1>Stripe events</h1>
    <p>Each event tells the customer's workflow to read Stripe again. The payload is not kept.</p>
    !${filters(view)}
    <section id="events" aria-live="polite">!${eventTable(view)}</section>
  `,
});
