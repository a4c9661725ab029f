import { access, constants, mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { StackFailure } from '../errors.ts';
import type { Target, TargetSettings } from '../target.ts';
import { Organization } from './organization.ts';
import type { landingZone } from './program.ts';
import type { LandingZones } from './settings.ts';

const NOT_SET = 'This worker makes no landing zones: set AWS_LANDING_ZONE_PARENT and what belongs to it, then replay.';
const NOT_INSTALLED = 'A package for landing zones is missing: see docs/landing-zones.md, then replay.';

const isMissingPackage = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND';

/** Loads what is not part of the house for those who make no landing zones. */
async function loadProgram(): Promise<typeof landingZone> {
  try {
    return (await import('./program.ts')).landingZone;
  } catch (error) {
    throw isMissingPackage(error) ? new StackFailure('InvalidSpec', NOT_INSTALLED, { cause: error }) : error;
  }
}

/** An account of AWS for each customer, in an organization with Identity Center. docs/landing-zones.md says what it needs. */
export function awsLandingZoneTarget({ landingZones }: TargetSettings): Target {
  const zones = (): LandingZones => {
    if (landingZones === undefined) throw new StackFailure('InvalidSpec', NOT_SET);
    return landingZones;
  };
  const organization = (): Organization => new Organization(zones());
  const isOpen = async (customerId: string): Promise<boolean> =>
    (await organization().lookAt(customerId)).id !== undefined;
  return {
    async program(spec) {
      const declare = await loadProgram();
      return declare({ zones: zones(), spec, account: await organization().lookAt(spec.customerId) });
    },
    async prepare(folder) {
      const { plugin } = zones();
      await access(plugin, constants.X_OK).catch((cause: unknown) => {
        throw new StackFailure('InvalidSpec', NOT_INSTALLED, { cause });
      });
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await symlink(plugin, join(folder, 'pulumi-resource-aws'));
    },
    inventory: async (customerId) => ({ account: await isOpen(customerId) }),
    // There are none: people sign in at Identity Center.
    hasSecrets: () => Promise.resolve(true),
    sweep: (customerId) => organization().closeAccount(customerId),
    // They run at AWS, which watches over them itself.
    instances: () => Promise.resolve([]),
    health: async ({ customerId }) => ((await isOpen(customerId)) ? undefined : 'Its account is not open.'),
    // AWS has no call that ends a session of Identity Center; whoever lost access to the account may do nothing with it.
    endSessions: () => Promise.resolve(),
  };
}
