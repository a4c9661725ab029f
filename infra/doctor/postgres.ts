import type { Answer } from './answer.ts';
import { conclude, okIf, type Check, type Finding, type Trouble } from './finding.ts';
import { howTo } from '../program-file.ts';

export interface PostgresFacts {
  /** As `server_version_num`: 180004 is 18.4. */
  readonly version: number;
  /** Migrations that this release has and the database has not had. */
  readonly lacks: readonly string[];
  /** Tables that Tenure's role may not read or change as it needs. */
  readonly barred: readonly string[];
  /** Whether the role could change the audit trail, or turn its triggers off. */
  readonly ownsAudit: boolean;
  /** Whether the role could drop the database, or make schemas in it. */
  readonly ownsDatabase: boolean;
  /** Whether the connection is encrypted, or stays on this machine. */
  readonly isPrivate: boolean;
  /** Connections that all processes together may hold, of those the server takes. */
  readonly connections: number;
}

export interface TenantServerFacts {
  readonly version: number;
  readonly mayCreateRoles: boolean;
  readonly mayCreateDatabases: boolean;
}

export interface PostgresExpected {
  /** Host and port alone. */
  readonly address: string;
  /** Connections that one API and both workers hold at most. */
  readonly connections: number;
}

/** The oldest that Tenure has been run on. */
const OLDEST = 15;
const inWords = (version: number): string => `${String(Math.trunc(version / 10_000))}.${String(version % 10_000)}`;

const versionCheck = (check: string, means: string): Check<{ readonly version: number }> => ({
  check,
  look: ({ version }) =>
    okIf(
      version >= OLDEST * 10_000,
      inWords(version),
      `${inWords(version)}, and ${String(OLDEST)} is the oldest that is supported`,
    ),
  means,
  remedy: `upgrade the server to ${String(OLDEST)} or newer (18 is what "npm start" and docker-compose.yml run)`,
});

const silenceAt = (setting: string, { address }: Pick<PostgresExpected, 'address'>, means: string): Trouble => ({
  means,
  remedy: `see whether ${setting} is right and ${address} is reached from here: "pg_isready -h ${address.replace(/:(?=\d+$)/, ' -p ')}"; then run the doctor again`,
});
const refusalAt = (setting: string, means: string) => ({
  ...{ state: 'missing' as const, means },
  remedy: `correct user, password or database in ${setting}, or create them there`,
});

const CHECKS = ({ connections: needed }: PostgresExpected): readonly Check<PostgresFacts>[] => [
  versionCheck('version', 'statements may fail at any step'),
  {
    check: 'schema',
    look: ({ lacks }) => okIf(lacks.length === 0, 'the newest', `lacks ${lacks.join(', ')}`),
    means: 'signups fail with an error',
    remedy: `"${howTo('migrate')}", before the processes start`,
  },
  {
    check: 'rights of the role',
    look: ({ barred }) => okIf(barred.length === 0, 'all that are needed', `may not use ${barred.join(', ')}`),
    means: 'requests that need those tables fail with an error',
    remedy: `run "${howTo('migrate')}" with the same user in DATABASE_URL as the services, or grant it select, insert, update and delete`,
  },
  {
    check: 'audit trail',
    look: ({ ownsAudit }) => okIf(!ownsAudit, 'belongs to a role of its own', "belongs to Tenure's own role"),
    means: 'nothing for customers; an attacker who takes over a process can change the trail',
    remedy: `set DATABASE_ADMIN_URL to a superuser of that server, for one "${howTo('migrate')}"`,
  },
  {
    check: 'owner of the database',
    look: ({ ownsDatabase }) =>
      okIf(!ownsDatabase, "another role than Tenure's", "Tenure's own role, or it may create schemas in it"),
    means: 'nothing for customers; an attacker who takes over a process can drop the database',
    remedy: `set DATABASE_ADMIN_URL to a superuser of that server, for one "${howTo('migrate')}"`,
  },
  {
    check: 'encryption',
    look: ({ isPrivate }) => okIf(isPrivate, 'encrypted, or on this machine', 'the connection is not encrypted'),
    means: 'names, addresses and password hashes can be read in transit',
    remedy: 'add "?sslmode=verify-full&sslrootcert=<file>" to DATABASE_URL',
  },
  {
    check: 'connections',
    look: ({ connections }) =>
      okIf(
        connections >= needed,
        `${String(connections)} at most`,
        `${String(connections)} at most, and one of each process holds up to ${String(needed)}`,
      ),
    means: 'at busy times signups and steps wait for a connection and fail',
    remedy: 'raise max_connections of the server, or lower DATABASE_POOL_SIZE',
  },
];

/** What Tenure's own database has and lacks. */
export function postgresFindings(answer: Answer<PostgresFacts>, expected: PostgresExpected): Finding[] {
  const means = 'signups and pages answer 503 and workflows wait';
  const topic = { part: 'Postgres', about: 'server', silence: silenceAt('DATABASE_URL', expected, means) } as const;
  return conclude({ ...topic, refusal: refusalAt('DATABASE_URL', means), checks: CHECKS(expected) }, answer);
}

const TENANT_CHECKS: readonly Check<TenantServerFacts>[] = [
  versionCheck("version of the tenants' server", 'stacks may fail in the middle'),
  {
    check: 'creating roles',
    look: ({ mayCreateRoles }) => okIf(mayCreateRoles, 'allowed', 'the role may not create roles'),
    means: 'every onboarding stops at "stack"',
    remedy: 'as a superuser: alter role <user of TENANT_DATABASE_URL> createrole',
  },
  {
    check: 'creating databases',
    look: ({ mayCreateDatabases }) => okIf(mayCreateDatabases, 'allowed', 'the role may not create databases'),
    means: 'every onboarding stops at "stack"',
    remedy: 'as a superuser: alter role <user of TENANT_DATABASE_URL> createdb',
  },
];

/** Advice and no more: it works on one server. `expected` of the tenants' server, `own` where Tenure's database is. */
export const apartFinding = ({ address }: Pick<PostgresExpected, 'address'>, own: string): Finding => ({
  ...{ part: 'Instances', check: "apart from Tenure's database", state: 'ok' },
  found:
    address === own
      ? "no: a tenant that fills the server's lock table or disk holds up everyone; better two servers (SECURITY.md)"
      : 'on a server of its own',
});

/** What the server of the tenants' databases has and lacks. */
export function tenantServerFindings(
  answer: Answer<TenantServerFacts>,
  expected: Pick<PostgresExpected, 'address'>,
): Finding[] {
  const means = 'every onboarding waits at "stack"';
  return conclude(
    {
      ...{ part: 'Instances', about: "tenants' Postgres", checks: TENANT_CHECKS },
      silence: silenceAt('TENANT_DATABASE_URL', expected, means),
      refusal: refusalAt('TENANT_DATABASE_URL', means),
    },
    answer,
  );
}
