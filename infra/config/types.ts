import type { DatabaseLimits } from '../db/connections.ts';
import type { Retention } from '../db/repositories/retention.ts';
import type { LandingZones } from '../tenant-stacks/aws-landing-zone/settings.ts';

export interface TemporalTls {
  /** PEM of the authority that signed the server's certificate; by default, those the system trusts. */
  readonly serverRootCACertificate?: Buffer;
  readonly clientCertPair?: { readonly crt: Buffer; readonly key: Buffer };
  /** The name in the server's certificate, where it is not the one in the address. */
  readonly serverNameOverride?: string;
}

/** SES publishes events about mails to an SNS topic. */
export interface MailEvents {
  /** Sent with each mail, so that SES publishes its events. */
  readonly configurationSet: string;
  /** The API accepts only the events of this topic. */
  readonly topicArn: string;
}

/** Who issues the tokens by which customers are known. */
export interface IssuerConfig {
  /** As its tokens name it. */
  readonly issuer: string;
  /** Tokens for anybody else are refused. */
  readonly audiences: readonly string[];
  readonly isCognito: boolean;
}

/** Cognito's, which has the identities of the customers. */
export interface UserPool {
  readonly id: string;
  readonly region: string;
}

/** Who may call the hooks of a product: who signs with one of the secrets, or calls from one of the addresses. */
export interface HookConfig {
  readonly secrets: readonly string[];
  readonly addresses: readonly string[];
}

export interface ProductSource {
  /** Name of one that comes with Tenure, or the absolute path of one's own (`TENURE_PRODUCT`). */
  readonly source: string;
  /** The variables that begin with `PRODUCT_`: its steps receive them. */
  readonly settings: Readonly<Record<string, string>>;
}

export interface ServedProduct extends ProductSource {
  /** Base of every link to its pages. */
  readonly publicUrl: string;
}

/** Every section of settings. A process is given those it uses, by its `load…Config`. */
export interface Config {
  /** State folder of the embedded arrangement (`TENURE_HOME`). */
  readonly home: string;
  readonly product: ProductSource;
  /** What a worker serves, the first first. Each has its pages at an address of its own. */
  readonly products: readonly ServedProduct[];
  readonly logLevel: string;
  readonly api: {
    readonly host: string;
    readonly port: number;
    /** Base of every link we hand out. Never taken from a Host header, which the visitor controls. */
    readonly publicUrl: string;
    readonly trustProxy: readonly string[];
    /** Whose pages may use the JSON API beside our own. */
    readonly allowedOrigins?: readonly string[];
    /** Where the front end of the product continues after a Checkout, if it is elsewhere. */
    readonly appUrl?: string | undefined;
    readonly staffToken: string;
    /** Signs in as support, which can read and replay; without one there is no such sign-in. */
    readonly supportToken?: string | undefined;
  };
  readonly issuer?: IssuerConfig | undefined;
  readonly userPool?: UserPool | undefined;
  readonly hooks: HookConfig;
  readonly signup: { readonly enabled: boolean; readonly perHour: number | undefined };
  readonly database: { readonly url: string; readonly limits: DatabaseLimits };
  readonly temporal: {
    readonly address: string;
    readonly namespace: string;
    readonly tls: boolean | TemporalTls;
    readonly apiKey: string | undefined;
    /** Longest wait between two tries to reach a server that was away, in milliseconds. */
    readonly reconnectMs: number;
    /** The Web UI, for the links in the console. */
    readonly uiUrl?: string | undefined;
  };
  readonly stripe: {
    /** Only for the workers: the API checks signatures, and does not call Stripe. */
    readonly secretKey: string;
    /** Base URL of a local Stripe server; undefined means Stripe itself. */
    readonly apiBase: string | undefined;
    /** Whether customers get a Stripe test clock of their own. Always false with live keys. */
    readonly testClocks: boolean;
    readonly live: boolean;
    /** Prices by their ids, instead of those with the lookup keys of the catalogue: by the names of their settings. */
    readonly prices?: Readonly<Record<string, string>>;
    /** The id of the coupon that is offered, which is that of the catalogue. */
    readonly pilotCoupon?: string | undefined;
    /** Signing secret of the webhook endpoint. */
    readonly webhookSecret: string;
  };
  readonly mail: {
    readonly region: string;
    readonly sender: string;
    readonly endpoint: string | undefined;
    readonly support: string;
    readonly events?: MailEvents | undefined;
  };
  readonly retention: Retention;
  readonly licence: { readonly privateKeyPath: string; readonly publicKeyPath: string };
  readonly pulumi: { readonly backendUrl: string; readonly passphrase: string };
  readonly tenants: {
    /** Where instances keep their files. */
    readonly home: string;
    /** Administers the tenants' databases and roles; only the provisioning worker gets it. */
    readonly adminDatabaseUrl: string;
    /** How browsers reach the instances; https where a proxy before the gateway speaks it. */
    readonly scheme: 'http' | 'https';
    /** Instances answer at `<scheme>://<slug>.<domain>`. May carry a port. */
    readonly domain: string;
    readonly gatewayPort: number;
    readonly gatewayControlUrl: string;
    readonly gatewayControlToken: string;
    /**
     * How long an instance may take to answer: less than the 30 s of `checkInstance`, so that the failure has a reason.
     */
    readonly healthMs: number;
    /** Of one tenant's tables, as they are put out. */
    readonly backupMaxMb: number;
  };
  /** Absent where none are made. */
  readonly landingZones?: LandingZones | undefined;
  readonly terms: {
    readonly target: string | undefined;
    readonly trialDays: number | undefined;
    readonly maxTrialExtensions: number | undefined;
    /** First wait before a failed step is tried again, in milliseconds. */
    readonly retryInitialMs: number | undefined;
  };
}
