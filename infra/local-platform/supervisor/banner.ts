import type { RunInfo } from './state-folder.ts';

/** A table of where everything is, and how staff sign in. */
export function banner(info: RunInfo, secondsTaken: number): string {
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['Sign up', `${info.api}/signup`],
    ['Support console', `${info.api}/console`],
    ['Staff sign-in token', info.staffToken],
    ['API', `${info.api}/docs`],
    ['Temporal Web UI', info.temporalUi],
    ['Temporal server', `${info.temporalAddress}, namespace ${info.namespace}`],
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
