import type { Static } from 'typebox';
import type { AuditReply } from '../routes/admin-audit.ts';
import type { ApiKeysReply } from '../schemas/access.ts';
import type { DetailReply, ListReply } from '../schemas/admin.ts';
import type { BatchReply, BatchStarted, BatchesReply } from '../schemas/batches.ts';
import type { DifferencesReply } from '../schemas/differences.ts';
import type { MendReply } from '../support/commands/mend.ts';
import type { EventReply, EventsReply } from '../schemas/events.ts';
import type { DryRunReply } from '../schemas/commands.ts';
import type { OnboardBody, OnboardReply } from '../schemas/onboard.ts';
import type { OutagesReply } from '../schemas/outages.ts';
import type { ExplainReply, TimelineReply } from '../schemas/insight.ts';
import { CliError, EXIT } from './exit.ts';
import { failure, isOutcome, type Answer } from './failure.ts';
import type { Running } from './running.ts';

export type CustomerList = Static<typeof ListReply>;
export type DryRunShown = Static<typeof DryRunReply>;
export type DifferencesShown = Static<typeof DifferencesReply>;
export type EventsShown = Static<typeof EventsReply>;
export type EventShown = Static<typeof EventReply>;
export type CustomerDetails = Static<typeof DetailReply>;

const TIMEOUT_MS = 120_000;

type Query = Readonly<Record<string, string | undefined>>;

/** The part of a query that was given. */
function given(query: Query): string {
  const pairs = Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
  return new URLSearchParams(pairs as [string, string][]).toString();
}

/** The admin API over HTTP: the command line has no other way in. */
export class AdminClient {
  private readonly running: Running;

  constructor(running: Running) {
    this.running = running;
  }

  list(query: Query): Promise<CustomerList> {
    return this.ask('GET', `/api/admin/customers?${given(query)}`);
  }

  show(customerId: string): Promise<CustomerDetails> {
    return this.ask('GET', `/api/admin/customers/${customerId}`);
  }

  onboard(body: OnboardBody): Promise<Static<typeof OnboardReply>> {
    return this.ask('POST', '/api/admin/customers', body);
  }

  timeline(customerId: string): Promise<Static<typeof TimelineReply>> {
    return this.ask('GET', `/api/admin/customers/${customerId}/timeline`);
  }

  explain(customerId: string): Promise<Static<typeof ExplainReply>> {
    return this.ask('GET', `/api/admin/customers/${customerId}/explain`);
  }

  differences(customerId?: string): Promise<DifferencesShown> {
    return this.ask('GET', `/api/admin/differences${customerId === undefined ? '' : `?customer=${customerId}`}`);
  }

  outages(): Promise<Static<typeof OutagesReply>> {
    return this.ask('GET', '/api/admin/outages');
  }

  mend(
    customerId: string,
    body: { readonly reason: string; readonly end: boolean },
  ): Promise<Static<typeof MendReply>> {
    return this.ask('POST', `/api/admin/customers/${customerId}/mend`, body);
  }

  events(query: Query): Promise<EventsShown> {
    return this.ask('GET', `/api/admin/events?${given(query)}`);
  }

  event(eventId: string): Promise<EventShown> {
    return this.ask('GET', `/api/admin/events/${encodeURIComponent(eventId)}`);
  }

  redrive(eventId: string, body: { readonly reason: string }, key?: string): Promise<EventShown> {
    return this.ask('POST', `/api/admin/events/${encodeURIComponent(eventId)}/redrive`, body, key);
  }

  startBatch(body: object): Promise<Static<typeof BatchStarted>> {
    return this.ask('POST', '/api/admin/replay-batches', body);
  }

  batches(): Promise<Static<typeof BatchesReply>> {
    return this.ask('GET', '/api/admin/replay-batches');
  }

  batch(batchId: string): Promise<Static<typeof BatchReply>> {
    return this.ask('GET', `/api/admin/replay-batches/${batchId}`);
  }

  orderBatch(batchId: string, order: string): Promise<object> {
    return this.ask('POST', `/api/admin/replay-batches/${batchId}/${order}`, {});
  }

  keys(customerId: string): Promise<Static<typeof ApiKeysReply>> {
    return this.ask('GET', `/api/admin/customers/${customerId}/api-keys`);
  }

  verifyAudit(anchor: string | undefined): Promise<Static<typeof AuditReply>> {
    return this.ask(
      'GET',
      `/api/admin/audit/verify${anchor === undefined ? '' : `?anchor=${encodeURIComponent(anchor)}`}`,
    );
  }

  signOutStaff(reason: string): Promise<{ readonly sessions_ended: number }> {
    return this.ask('POST', '/api/admin/staff/sign-out', { reason });
  }

  dryRun(customerId: string, body: object): Promise<DryRunShown> {
    return this.ask('POST', `/api/admin/customers/${customerId}/replay`, body);
  }

  command(customerId: string, command: string, body: object, key?: string): Promise<object> {
    return this.ask('POST', `/api/admin/customers/${customerId}/${command}`, body, key);
  }

  private async ask<T>(method: string, path: string, body?: object, key?: string): Promise<T> {
    const headers: Record<string, string> = { authorization: `Bearer ${this.running.staffToken}` };
    if (body) headers['content-type'] = 'application/json';
    if (key !== undefined) headers['idempotency-key'] = key;
    const reply = await fetch(new URL(path, this.running.api), {
      method,
      headers,
      body: body ? JSON.stringify(body) : null,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    }).catch((cause: unknown) => {
      throw new CliError(EXIT.notRunning, `The API at ${this.running.api} does not answer.`, { cause });
    });
    const answer: unknown = await reply.json().catch(() => ({}));
    if (!reply.ok || !isOutcome(reply.status, answer as Answer)) throw failure(reply.status, answer as Answer);
    return answer as T;
  }
}
