import type { listItems } from '../../infra/db/repositories/replay-batches.ts';

type Item = Awaited<ReturnType<typeof listItems>>[number];

const HEADS = ['customer_id', 'company_name', 'state', 'error_type', 'note', 'started_at', 'ended_at'];

/** A leading sign would make it a formula in a spreadsheet. */
const quoted = (text: string): string => `"${text.replace(/^(?=[=+\-@\t\r])/, "'").replaceAll('"', '""')}"`;

const cells = ({ customerId, companyName, state, errorType, note, startedAt, endedAt }: Item): readonly string[] => [
  ...[customerId, companyName ?? '', state, errorType ?? '', note ?? ''],
  ...[startedAt?.toISOString() ?? '', endedAt?.toISOString() ?? ''],
];

/** One line per customer, RFC 4180. */
export const batchCsv = (items: readonly Item[]): string =>
  [HEADS, ...items.map(cells)].map((line) => `${line.map(quoted).join(',')}\r\n`).join('');
