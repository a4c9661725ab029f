import { join } from 'node:path';
import { loadApiConfig, loadLifecycleConfig, loadProvisioningConfig } from '../../config.ts';
import { DamagedFileError } from '../../files.ts';
import { requireWholeDatabases } from '../databases/check.ts';
import { requireNeededDatabases } from '../databases/needed.ts';
import { findEngines, type EnginePaths } from '../engines/find.ts';
import { DATABASE, logFile, stripeFile, temporalFile, type Api, type Arrangement } from './arrangement.ts';
import { environments, type EnvironmentOf } from './environment.ts';
import { sweep } from './leftovers.ts';
import { watchPollers, type Pollers } from '../../temporal/pollers.ts';
import { launchNode, type NodeProgram } from './node-program.ts';
import { Part, type Launch, type PartEvents } from './part.ts';
import { requireKnownProducts } from '../../product/known-customers.ts';
import { openProduct } from '../../product/open-product.ts';
import type { PlatformPort } from '../../platform-ports.ts';
import { companions, services } from './programs.ts';
import { secretsFile } from './secrets.ts';

const SERVICE_GRACE_MS = 2_000;
const STORE_GRACE_MS = 1_800;
/** They stop last, because the other parts use them to the end. */
const STORES = ['postgres', 'temporal'];

/** The settings of each service, read as the service will read them. */
const readServices = (environmentOf: EnvironmentOf, [first, ...others]: readonly Api[]) => ({
  api: loadApiConfig(environmentOf(first ?? 'api')),
  otherApis: others.map((api) => loadApiConfig(environmentOf(api))),
  lifecycle: loadLifecycleConfig(environmentOf('lifecycle-worker')),
  provisioning: loadProvisioningConfig(environmentOf('provisioning-worker')),
});
export type ServiceConfigs = ReturnType<typeof readServices>;
/** The ports that each part binds. */
const PORTS: Readonly<Record<string, readonly PlatformPort[]>> = {
  postgres: ['postgres'],
  temporal: ['temporal', 'temporalUiServer'],
  'temporal-ui': ['temporalUi'],
  stripe: ['stripe'],
  mail: ['mail'],
  identities: ['identities'],
  gateway: ['gateway', 'gatewayControl'],
  'lifecycle-worker': ['lifecycleWorker'],
  'provisioning-worker': ['provisioningWorker'],
};

const ownDatabases = ({ config, home }: Arrangement): readonly string[] => [
  ...(config.temporal ? [] : [temporalFile(home)]),
  ...(config.externalStripe ? [] : [stripeFile(home)]),
];

/** Everything `npm start` runs, in the order of need. */
export class Platform {
  private readonly arrangement: Arrangement;
  private readonly events: PartEvents;
  private readonly parts: Part[] = [];
  private pollers: Pollers | undefined;
  private stopped: Promise<void> | undefined;
  private readonly cannotStart = Promise.withResolvers<never>();

  constructor(arrangement: Arrangement, events: PartEvents) {
    this.arrangement = arrangement;
    this.events = events;
    // Once everything runs, nothing awaits this: the part reports it, and is restarted until it stays up.
    this.cannotStart.promise.catch(() => undefined);
  }

  /**
   * Starts all parts and waits until the API is ready.
   * @returns the settings the services run with.
   * @throws ConfigError or DamagedFileError before customers are served; PortTakenError when another program was quicker.
   * Then stop this platform and arrange another one.
   */
  async start(): Promise<ServiceConfigs> {
    const configs = await Promise.race([this.startParts(), this.cannotStart.promise]);
    await this.arrangement.reservations.close();
    return configs;
  }

  private async startParts(): Promise<ServiceConfigs> {
    // First: an engine that is not there yet may take minutes.
    for (const product of this.arrangement.config.products) await openProduct(product);
    const engines = await findEngines();
    const environmentOf = environments(this.arrangement, engines);
    const configs = readServices(environmentOf, this.arrangement.apis);
    await requireNeededDatabases(this.arrangement);
    await requireWholeDatabases(ownDatabases(this.arrangement));
    const beside = companions(this.arrangement).map((program) => this.run(program));
    await Promise.all([this.prepareDatabase(configs.api), this.prepareTemporal(configs.api, engines), ...beside]);
    this.pollers = watchPollers(configs.api.temporal);
    await Promise.all(services(this.arrangement, environmentOf, this.pollers).map((program) => this.run(program)));
    return configs;
  }

  /** Ends everything within 5 s. Idempotent. */
  stop(): Promise<void> {
    this.stopped ??= this.end();
    return this.stopped;
  }

  private async end(): Promise<void> {
    const isStore = ({ name }: Part): boolean => STORES.includes(name);
    const users = this.parts.filter((part) => !isStore(part));
    await this.pollers?.close();
    await Promise.all(users.map((part) => part.stop(SERVICE_GRACE_MS)));
    await Promise.all(this.parts.filter(isStore).map((part) => part.stop(STORE_GRACE_MS)));
    await this.arrangement.reservations.close().catch(() => undefined);
    sweep(this.arrangement.home);
  }

  private add(name: string, launch: Launch): Promise<void> {
    if (this.stopped) return Promise.reject(new Error('Stopping.'));
    const { apis, reservations } = this.arrangement;
    const api = apis.filter(({ part }) => part === name);
    const ports = [...api.map(({ port }) => port), ...(PORTS[name] ?? []).map((port) => this.arrangement.ports[port])];
    const bound: Launch = async (onSpawn) => {
      await reservations.handOver(ports).catch((error: unknown) => {
        this.cannotStart.reject(error);
        throw error;
      });
      return launch(onSpawn);
    };
    const part = new Part(name, bound, this.events);
    this.parts.push(part);
    return part.ready;
  }

  private run(program: NodeProgram): Promise<void> {
    return this.add(program.name, launchNode(program));
  }

  private async prepareDatabase({ database }: ServiceConfigs['api']): Promise<void> {
    const { config, home, ports, secrets } = this.arrangement;
    let adminUrl = config.adminDatabaseUrl;
    if (config.databaseUrl === undefined) {
      const [{ startPostgres, WrongPasswordError }, { ensureDatabase }] = await Promise.all([
        import('../postgres/start.ts'),
        import('../postgres/database.ts'),
      ]);
      const [dataDir, log] = [join(home, 'postgres'), logFile(home, 'postgres')];
      const options = { dataDir, port: ports.postgres, password: secrets.postgresPassword, logFile: log };
      await this.add('postgres', async (onSpawn) => {
        const running = await startPostgres({ ...options, onSpawn }).catch((error: unknown) => {
          if (error instanceof WrongPasswordError)
            this.cannotStart.reject(new DamagedFileError(secretsFile(home), 'of another state folder'));
          throw error;
        });
        adminUrl = running.url;
        return running;
      });
      if (adminUrl === undefined) throw new Error('Postgres is ready but has no address.');
      await ensureDatabase({ adminUrl, name: DATABASE, password: secrets.databasePassword });
    }
    const { migrate } = await import('../../db/migrate.ts');
    await migrate(database.url, { adminUrl });
    const { openDatabase } = await import('../../db/database.ts');
    const opened = openDatabase(database.url);
    await requireKnownProducts(opened).finally(() => opened.destroy());
  }

  private async prepareTemporal({ temporal }: ServiceConfigs['api'], { temporal: binary }: EnginePaths): Promise<void> {
    const { config, home, ports } = this.arrangement;
    if (config.temporal === undefined) {
      const { startTemporal } = await import('../temporal/start.ts');
      const [dbFile, log] = [temporalFile(home), logFile(home, 'temporal')];
      const options = {
        binary,
        dbFile,
        port: ports.temporal,
        uiPort: ports.temporalUiServer,
        namespace: config.namespace,
      };
      await this.add('temporal', (onSpawn) => startTemporal({ ...options, logFile: log, onSpawn }));
    }
    const { prepareNamespace } = await import('../../temporal/setup.ts');
    // On a server that we did not set up, a name may be mistyped.
    await prepareNamespace(temporal, { create: config.temporal === undefined });
  }
}
