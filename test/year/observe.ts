import pg from 'pg';
import type { LifecycleHarness } from '../support/lifecycle.ts';
import type { Access, Dated, Life, Standing } from './model/script.ts';

/** Notes each change at the customer's own time, which only Postgres knows while their clock moves. */
const TRIGGERS = `
  create table year_log (id bigserial primary key, customer_id text, at double precision, what text, detail jsonb);
  create function year_note(customer text, what text, detail jsonb) returns void language sql as $$
    insert into year_log (customer_id, at, what, detail)
    select customer, extract(epoch from clock_timestamp()) * 1000 + clock_offset_ms, what, detail
    from customers where customer_id = customer $$;
  create function year_customer() returns trigger language plpgsql as $$ begin
    if (old.phase, old.standing) is distinct from (new.phase, new.standing) then
      perform year_note(new.customer_id, 'stands', jsonb_build_object('phase', new.phase, 'standing', new.standing));
    end if;
    if new.stripe_customer_id is distinct from old.stripe_customer_id then
      perform year_note(new.customer_id, 'payer', to_jsonb(new.stripe_customer_id));
    end if;
    return null; end $$;
  create function year_mail() returns trigger language plpgsql as $$ begin
    if new.state = 'sent' and (tg_op = 'INSERT' or old.state <> 'sent') then
      perform year_note(new.customer_id, 'mail', jsonb_build_object('template', new.template, 'details', new.details));
    end if;
    return null; end $$;
  create function year_licence() returns trigger language plpgsql as $$ begin
    perform year_note(new.customer_id, 'licence', to_jsonb(extract(epoch from new.expires_at) * 1000));
    return null; end $$;
  create trigger year_customer after update on customers for each row execute function year_customer();
  create trigger year_mail after insert or update on emails for each row execute function year_mail();
  create trigger year_licence after insert on licences for each row execute function year_licence();
  grant all on year_log, year_log_id_seq to public;
`;

interface Note {
  readonly at: number;
  readonly what: 'stands' | 'payer' | 'mail' | 'licence';
  readonly detail: unknown;
}

const ACCESS: Readonly<Record<string, Access>> = { active: 'full', read_only: 'read_only', suspended: 'suspended' };
const asStanding = (at: number, { phase, standing }: { phase: string; standing: string }): Standing[] => {
  if (phase === 'cancellation' || phase === 'ended') return [{ at, phase: 'ended', access: 'none' }];
  if (phase !== 'trial' && phase !== 'subscription') return [];
  return [{ at, phase, access: ACCESS[standing] ?? 'none' }];
};

const TOLD_APART: Readonly<Record<string, string>> = { trialReminder: 'daysLeft', paymentOverdue: 'stage' };
function asMail({ template, details }: { template: string; details: Readonly<Record<string, unknown>> }): string {
  const by = TOLD_APART[template];
  return by === undefined ? template : `${template} ${String(details[by])}`;
}

/** Reads what became of customers, from Postgres and from Stripe. */
export class Observer {
  private readonly pool: pg.Pool;
  private readonly harness: LifecycleHarness;

  private constructor(harness: LifecycleHarness) {
    this.harness = harness;
    this.pool = new pg.Pool({ connectionString: harness.adminUrl, max: 4 });
  }

  static async start(harness: LifecycleHarness): Promise<Observer> {
    const observer = new Observer(harness);
    await observer.pool.query(TRIGGERS);
    return observer;
  }

  stop(): Promise<void> {
    return this.pool.end();
  }

  private async notes(customerId: string): Promise<Note[]> {
    const found = await this.pool.query<Note>(
      'select at, what, detail from year_log where customer_id = $1 order by id',
      [customerId],
    );
    return found.rows;
  }

  /** What our own records say. */
  async records(customerId: string): Promise<Pick<Life, 'standings' | 'mails' | 'licences'> & { payers: string[] }> {
    const notes = await this.notes(customerId);
    const of = <T>(what: Note['what']): Dated<T>[] =>
      notes.filter((note) => note.what === what).map(({ at, detail }) => ({ at, what: detail as T }));
    return {
      standings: of<{ phase: string; standing: string }>('stands').flatMap(({ at, what }) => asStanding(at, what)),
      mails: of<Parameters<typeof asMail>[0]>('mail').map(({ at, what }) => ({ at, what: asMail(what) })),
      licences: of<number>('licence'),
      payers: of<string | null>('payer').flatMap(({ what }) => what ?? []),
    };
  }

  /** What Stripe has taken and given back, at its own time. */
  async money(payers: readonly string[]): Promise<Pick<Life, 'charges' | 'refunds'>> {
    const { stripe } = this.harness;
    const invoices = await Promise.all(
      payers.map((customer) => stripe.invoices.list({ customer, limit: 100 }).then(({ data }) => data)),
    );
    const charges = await Promise.all(
      payers.map((customer) => stripe.charges.list({ customer, limit: 100 }).then(({ data }) => data)),
    );
    const refunds = await Promise.all(
      charges
        .flat()
        .filter(({ amount_refunded: amount }) => amount > 0)
        .map(({ id }) => stripe.refunds.list({ charge: id, limit: 100 }).then(({ data }) => data)),
    );
    const inOrder = (one: Dated<number>, other: Dated<number>): number => one.at - other.at;
    return {
      charges: invoices
        .flat()
        .filter(({ amount_paid: amount }) => amount > 0)
        .map(({ status_transitions: { paid_at: at }, amount_paid: what }) => ({ at: (at ?? 0) * 1_000, what }))
        .sort(inOrder),
      refunds: refunds
        .flat()
        .map(({ created, amount }) => ({ at: created * 1_000, what: amount }))
        .sort(inOrder),
    };
  }
}
