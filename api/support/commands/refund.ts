import { Type } from 'typebox';
import { money } from '../../../workflows/domain/money.ts';
import { Closed, Patterned, Reason } from '../../schemas/common.ts';
import { command, REASON } from './command.ts';

const Cents = Type.Integer({ description: 'In the smallest unit of the currency.' });

/** A customer may have paid in any currency, also in one that has no cents. */
const UNIT = `in the smallest unit of the currency: 9900 is ${money(9_900, 'usd')} or ${money(9_900, 'jpy')}`;

/** The most Stripe takes. */
const MOST_CENTS = 99_999_999;

export const refund = command({
  name: 'refund',
  role: 'operator',
  console: {
    ...{ title: 'Refund', button: 'Refund', done: 'The refund was made; the invoice and the timeline show it.' },
    offered: ({ detail }) => detail.invoices.some(({ amountPaid, amountRefunded }) => amountPaid > amountRefunded),
    onceOnly: true,
  },
  help: 'refund a paid invoice, in full or in part; the same --key refunds only once',
  operationId: 'refundCustomer',
  summary: 'Refund a paid invoice, in full or in part; the same Idempotency-Key refunds only once',
  inputs: [
    {
      kind: 'cents',
      field: 'amount',
      label: 'Amount',
      hint: `A whole number, ${UNIT}. Leave empty to refund the remaining amount.`,
      wrong: [
        'The amount is not valid',
        `Enter a whole number, ${UNIT}. Or leave it empty to refund the remaining amount.`,
      ],
      option: ['--amount <number>', `${UNIT}; default: the remaining amount`],
    },
    {
      kind: 'text',
      field: 'invoice',
      label: 'Invoice',
      hint: 'Leave empty for the newest paid one',
      maxLength: 60,
      option: ['--invoice <id>', 'default: the newest paid one'],
    },
    REASON,
  ],
  body: Closed(
    {
      invoice: Type.Optional(Patterned('invoiceId', { description: "Stripe's id; default: the newest paid invoice." })),
      amount: Type.Optional(
        Type.Integer({
          minimum: 1,
          maximum: MOST_CENTS,
          description: 'In the smallest unit of the currency; default: the remaining amount.',
        }),
      ),
      reason: Reason,
    },
    { examples: [{ amount: 9_900, reason: 'Charged twice.' }] },
  ),
  reply: Type.Object({
    refund_id: Type.String(),
    invoice: Type.String(),
    amount: Cents,
    currency: Type.String(),
    refunded_in_all: Cents,
    paid: Cents,
  }),
  run: async (deps, command, body) => {
    const { refundCustomer } = await import('../refunds.ts');
    const made = await refundCustomer(deps, command, body);
    const { refundId, invoiceId, amount, currency, refundedInAll, paid } = made;
    return { refund_id: refundId, invoice: invoiceId, amount, currency, refunded_in_all: refundedInAll, paid };
  },
});
