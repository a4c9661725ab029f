import { basename } from 'node:path';
import type { RunInfo } from './state-folder.ts';

/** A table of where everything is, and how staff sign in. */
export function banner(info: RunInfo, secondsTaken: number): string {
  const several = info.products.length > 1;
  const places = info.products.flatMap(({ product, api }) => {
    const of = several ? ` (${basename(product)})` : '';
    return [
      [`Sign up${of}`, `${api}/signup`],
      [`Support console${of}`, `${api}/console`],
      [`API${of}`, `${api}/docs`],
    ] as const;
  });
  const rows: readonly (readonly [string, string | undefined])[] = [
    ...places,
    ['Staff sign-in token', info.staffToken],
    ['Temporal Web UI', info.temporalUi],
    ['Temporal server', `${info.temporalAddress}, namespace ${info.namespace}`],
    ['Identities', info.identities],
    ['Mail inbox', info.mail],
    ['Stripe emulator', info.stripe],
    ['Instances', info.instances],
    ['Logs', info.logs],
  ];
  const shown = rows.filter(([, value]) => value !== undefined);
  const width = Math.max(...shown.map(([label]) => label.length));
  const lines = shown.map(([label, value]) => `  ${label.padEnd(width)}  ${value ?? ''}`);
  return `\nTenure is ready (${secondsTaken.toFixed(1)} s).\n\n${lines.join('\n')}\n\nCtrl-C stops everything.\n`;
}
