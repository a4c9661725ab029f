import { folderOf, readCredentials, type InstanceCredentials } from '../folder.ts';
import { verifyLicence, type Licence } from './licence.ts';
import { InstanceSessions } from './sessions.ts';
import { TenantStore } from './store.ts';

interface InstanceFiles {
  readonly credentials: InstanceCredentials;
  readonly licence: Licence;
}

async function readFiles(home: string, namespace: string): Promise<InstanceFiles> {
  const credentials = await readCredentials(folderOf(home, namespace));
  const licence = await verifyLicence(credentials.licence, credentials.licencePublicKey, namespace);
  return { credentials, licence };
}

/** One tenant's running product: what its folder says, its licence, its data. */
export class Instance {
  #credentials: InstanceCredentials;
  #licence: Licence;
  readonly #home: string;
  readonly #namespace: string;
  readonly store: TenantStore;
  readonly sessions: InstanceSessions;
  requests = 0;

  private constructor(home: string, namespace: string, { credentials, licence }: InstanceFiles) {
    this.#home = home;
    this.#namespace = namespace;
    this.#credentials = credentials;
    this.#licence = licence;
    this.store = new TenantStore(credentials.databaseUrl);
    this.sessions = new InstanceSessions(this.store);
  }

  /** @throws LicenceInvalidError: an instance does not start on a licence we did not sign. */
  static async open(home: string, namespace: string): Promise<Instance> {
    const instance = new Instance(home, namespace, await readFiles(home, namespace));
    await instance.store.prepare();
    return instance;
  }

  get credentials(): InstanceCredentials {
    return this.#credentials;
  }

  get namespace(): string {
    return this.#namespace;
  }

  get licence(): Licence {
    return this.#licence;
  }

  /**
   * Takes up a changed plan, mode or licence while running.
   * @returns false when the database credentials changed, which needs a new process.
   * @throws LicenceInvalidError; the old licence stays in force.
   */
  async reload(): Promise<boolean> {
    const { credentials, licence } = await readFiles(this.#home, this.#namespace);
    if (credentials.databaseUrl !== this.#credentials.databaseUrl) return false;
    this.#credentials = credentials;
    this.#licence = licence;
    return true;
  }

  async usage(): Promise<Record<string, number>> {
    return { ...(await this.store.usage()), requests: this.requests };
  }
}
