import { sql } from 'kysely';
import type { Queryable } from '../database.ts';

/** A text that changes whenever anything stored about the customer changes: cheap to poll. */
export async function newestChange(db: Queryable, customerId: string): Promise<string> {
  const { rows } = await sql<{ readonly newest: string }>`
    select concat_ws(' ',
      (select updated_at from customers where customer_id = ${customerId}),
      (select updated_at from stacks where customer_id = ${customerId}),
      (select max(updated_at) from onboarding_steps where customer_id = ${customerId}),
      (select max(audit_id) from audit_events where customer_id = ${customerId}),
      (select max(greatest(last_raised_at, resolved_at)) from alerts where customer_id = ${customerId}),
      (select max(greatest(claimed_at, sent_at)) from emails where customer_id = ${customerId}),
      (select max(received_at) from stripe_events where customer_id = ${customerId}),
      (select max(updated_at) from invoices where customer_id = ${customerId})) as newest`.execute(db);
  return rows[0]?.newest ?? '';
}
