import type { Command } from 'commander';
import type { AdminClient } from './admin-client.ts';
import type { CliDeps } from './support-commands.ts';
import { CliError, EXIT } from './exit.ts';
import { plain } from './plain.ts';
import { toRead } from './which-customer.ts';

interface Given {
  readonly reason: string;
  readonly json?: boolean;
}

type Trail = Awaited<ReturnType<AdminClient['verifyAudit']>>;

const wholeText = ({ rows, erased, anchor }: Trail): string =>
  `${String(rows)} rows, as they were written (${String(erased)} with erased words)\nanchor: ${anchor ?? 'none'}`;

const brokenText = ({ audit_id: row, position, why }: NonNullable<Trail['broken']>): string =>
  `BROKEN at row ${String(row ?? '–')} (position ${String(position ?? '–')}): ${why}`;

/** Commands about access and the audit trail. */
export function addAccessCommands(program: Command, { client, print }: CliDeps): void {
  program
    .command('keys <customer>')
    .description("a customer's API keys, the newest first")
    .option('--json', 'for programs')
    .action(async (who: string, { json }: { readonly json?: boolean }) => {
      const reply = await client().keys(await toRead(client(), who));
      const lines = reply.api_keys.map(({ key_id, prefix, name, last_used_at, revoked_at }) =>
        plain(
          `${key_id}  ${prefix}…  ${revoked_at === null ? 'works' : 'revoked'}  last used ${last_used_at ?? 'never'}  ${name}`,
        ),
      );
      print(json ? JSON.stringify(reply) : lines.join('\n') || 'no keys');
    });
  program
    .command('verify-audit')
    .description('check that the audit trail has not been changed')
    .option(
      '--anchor <position:hash>',
      'as printed by an earlier check; shows whether the end of the trail was cut off',
    )
    .option('--json', 'for programs')
    .action(async ({ anchor, json }: { readonly anchor?: string; readonly json?: boolean }) => {
      const trail = await client().verifyAudit(anchor);
      const text = trail.broken === null ? wholeText(trail) : brokenText(trail.broken);
      print(json ? JSON.stringify(trail) : text);
      if (!trail.ok) throw new CliError(EXIT.refused, 'The audit trail was changed.');
    });
  program
    .command('sign-out-staff')
    .description('end all staff sessions, after a token was changed or a browser was lost')
    .requiredOption('--reason <text>', 'why; kept in the audit trail')
    .option('--json', 'for programs')
    .action(async ({ reason, json }: Given) => {
      const reply = await client().signOutStaff(reason);
      print(json ? JSON.stringify(reply) : `sessions_ended: ${String(reply.sessions_ended)}`);
    });
}
