import type { Invoice } from '../objects/billing.ts';
import { invoiceRows } from './invoice-page.ts';

/** Of the standard fonts only Latin-1 can be shown; brackets and backslashes end or escape a string. */
const text = (line: string): string => line.replaceAll(/[^\u0020-\u00FF]/g, '?').replaceAll(/[\\()]/g, String.raw`\$&`);

const LEADING = 18;

function contents({ number, status, created }: Invoice, rows: [string, string][]): string {
  const lines = [
    `Invoice ${number ?? ''}`,
    `${new Date(created * 1000).toUTCString()} - ${status}`,
    ...rows.map(([label, amount]) => `${label}: ${amount}`),
  ];
  const shown = lines.map((line) => `(${text(line)}) '`);
  return `BT /F1 12 Tf ${String(LEADING)} TL 50 800 Td ${shown.join('\n')} ET`;
}

/** One plain page, made here so that nothing has to be installed for it. */
export function invoicePdf(invoice: Invoice): Buffer {
  const stream = contents(invoice, invoiceRows(invoice));
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 5 0 R /Resources << /Font << /F1 4 0 R >> >> >>',
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>',
    `<< /Length ${String(stream.length)} >>\nstream\n${stream}\nendstream`,
  ];
  let file = '%PDF-1.4\n';
  const offsets = objects.map((object, index) => {
    const offset = file.length;
    file += `${String(index + 1)} 0 obj\n${object}\nendobj\n`;
    return `${String(offset).padStart(10, '0')} 00000 n \n`;
  });
  const size = `/Size ${String(objects.length + 1)}`;
  const table = `xref\n0 ${String(objects.length + 1)}\n0000000000 65535 f \n${offsets.join('')}`;
  return Buffer.from(
    `${file}${table}trailer << ${size} /Root 1 0 R >>\nstartxref\n${String(file.length)}\n%%EOF`,
    'latin1',
  );
}
