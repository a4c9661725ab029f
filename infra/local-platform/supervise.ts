import { join } from 'node:path';
import { loadPlatformConfig, type PlatformConfig } from '../config.ts';
import type { Env } from '../settings.ts';
import { whenParentIsGone } from '../processes/parent.ts';
import { tryLock } from './engines/lock.mjs';
import { arrange, local, logFile, loopback, makeHome, type Arrangement } from './supervisor/arrangement.ts';
import { tryProduct } from '../product/try-product.ts';
import { allNeeds, type Needs } from '../product/needs.ts';
import { instanceUrl } from '../tenant-stacks/instance-url.ts';
import { banner } from './supervisor/banner.ts';
import { lastLine } from './supervisor/last-line.ts';
import { endLeftovers } from './supervisor/leftovers.ts';
import { Platform, type ServiceConfigs } from './supervisor/platform.ts';
import { PortTakenError } from './supervisor/ports.ts';
import { hasRoom, isDiskFull } from './supervisor/room.ts';
import { StateFolder, type RunInfo } from './supervisor/state-folder.ts';

const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};
const complain = (text: string): void => {
  process.stderr.write(`${text}\n`);
};
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
const fullDisk = (home: string): string => `The disk that holds ${home} is full. Make room there, then start again.`;

/** The Web UI opens the namespace `default` unless the address names another. */
const workflowsPage = ({ uiUrl, namespace }: ServiceConfigs['api']['temporal']): string | undefined =>
  uiUrl && `${uiUrl.replace(/\/$/, '')}/namespaces/${encodeURIComponent(namespace)}/workflows`;

function runInfo(arrangement: Arrangement, configs: ServiceConfigs): RunInfo {
  const { home, ports, secrets, config: platform } = arrangement;
  const { api: config, otherApis, lifecycle, provisioning } = configs;
  return {
    api: config.api.publicUrl,
    products: [config, ...otherApis].map(({ product, api }) => ({ product: product.source, api: api.publicUrl })),
    temporalAddress: config.temporal.address,
    temporalUi: workflowsPage(config.temporal),
    namespace: config.temporal.namespace,
    identities: arrangement.hookSecretFile === undefined ? undefined : local(ports.identities),
    mail: platform.externalMail ? lifecycle.mail.endpoint : local(ports.mail),
    stripe: platform.externalStripe ? lifecycle.stripe.apiBase : local(ports.stripe),
    databaseUrl: config.database.url,
    instances: instanceUrl(provisioning.tenants, '<slug>'),
    tenantBase: provisioning.tenants.domain,
    gatewayControl: loopback(ports.gatewayControl),
    gatewayToken: secrets.gatewayToken,
    staffToken: config.api.staffToken,
    stripeSecretKey: lifecycle.stripe.secretKey,
    stripeWebhookSecret: config.stripe.webhookSecret,
    metrics: {
      'lifecycle-worker': `${loopback(ports.lifecycleWorker)}/metrics`,
      'provisioning-worker': `${loopback(ports.provisioningWorker)}/metrics`,
    },
    logs: join(home, 'logs'),
  };
}

/** Takes the state folder for this process. @returns undefined, after saying so, when another process has it */
function claim(home: string): { release: () => void } | undefined {
  const { release, holder } = tryLock(join(home, 'supervisor.lock'));
  if (release) return { release };
  complain(
    `Tenure already runs from ${home} (process ${String(holder.pid)}). Stop it with Ctrl-C there, or with ` +
      `"kill ${String(holder.pid)}"; for a second one beside it set TENURE_HOME to another folder.`,
  );
  return undefined;
}

/** Resolves on a signal to stop, and when the shell through which npm started us is gone. */
function untilStopRequested(underNpm: boolean): Promise<undefined> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const finish = (): void => {
    resolve(undefined);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, finish);
  if (underNpm) whenParentIsGone(finish);
  return promise;
}

interface Beginning {
  /** Of all products together. */
  readonly needs: Needs;
  readonly began: number;
}

/** Runs until it is told to stop. @returns the exit code */
async function supervise(config: PlatformConfig, { needs, began }: Beginning): Promise<number> {
  const state = new StateFolder(config.home);
  const leftovers = state.leftovers();
  if (leftovers.length > 0) say(`Ending what an earlier start left: ${leftovers.map(({ part }) => part).join(', ')}.`);
  await endLeftovers(leftovers, config.home);
  state.clear();

  const stopRequested = untilStopRequested(config.underNpm);
  for (;;) {
    const code = await runArrangement(config, { state, stopRequested, needs, began });
    if (code !== undefined) return code;
    say('Another program took a port first: choosing again.');
  }
}

interface Supervision extends Beginning {
  readonly state: StateFolder;
  readonly stopRequested: Promise<undefined>;
}

/** @returns the exit code; undefined when a port was taken before everything ran */
async function runArrangement(
  config: PlatformConfig,
  { state, stopRequested, needs, began }: Supervision,
): Promise<number | undefined> {
  const arrangement = await arrange(config, needs, say);
  const platform = new Platform(arrangement, {
    hasRoom: () => hasRoom(config.home),
    spawned: (part, pid) => {
      state.spawned(part, pid);
    },
    failed: (part, message) => {
      const file = logFile(config.home, part);
      complain(`${part}: ${message}. Log: ${file}\n  ${lastLine(file)}`);
    },
  });
  const ended = stopRequested.then(() => 0);
  const started = platform.start().then((service) => {
    const info = runInfo(arrangement, service);
    state.publish(info);
    say(banner(info, (Date.now() - began) / 1000));
    return ended;
  });
  try {
    return await Promise.race([ended, started]);
  } catch (error) {
    if (error instanceof PortTakenError) return undefined;
    throw error;
  } finally {
    state.withdraw();
    say('Stopping …');
    await platform.stop();
    state.clear();
    say('Stopped: nothing is left running.');
  }
}

/**
 * Runs everything on this machine until it is told to stop, and says so on the terminal.
 * @param given - settings that take precedence over those of the environment
 * @returns the exit code
 */
export async function runPlatform(given: Env = {}): Promise<number> {
  const began = Date.now();
  // A closed pipe (`npm start | head`) must not end the supervisor and leave its parts behind.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  try {
    const config = loadPlatformConfig(given);
    const needs = await Promise.all(config.products.map(tryProduct));
    await makeHome(config.home);
    const claimed = claim(config.home);
    if (!claimed) return 1;
    try {
      return await supervise(config, { needs: allNeeds(needs), began });
    } finally {
      claimed.release();
    }
  } catch (error) {
    complain(isDiskFull(error) ? fullDisk(loadPlatformConfig(given).home) : messageOf(error));
    return 1;
  }
}
