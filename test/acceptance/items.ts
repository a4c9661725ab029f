/** An outside service that every test replaces with a stand-in. */
export type StandIn = 'Stripe' | 'SES';

/** One thing that a source system does, under the tag that tests name. */
export interface Item {
  readonly does: string;
  /** What is missing yet. An item without this must be named by a test. */
  readonly open?: string;
  /** The stand-ins on which its proof rests. */
  readonly standIn?: readonly StandIn[];
}

export interface Source {
  readonly name: string;
  readonly items: Readonly<Record<string, Item>>;
}

const STRIPE = ['Stripe'] as const;
const SES = ['SES'] as const;
const BOTH = ['Stripe', 'SES'] as const;

const SECUREBASE: Source = {
  name: 'SecureBase: pay first, then sign up',
  items: {
    'S0-1': {
      does: 'Signup form, Checkout with a trial of 30 days, then onboarding and infrastructure.',
      standIn: STRIPE,
    },
    'S0-2': { does: '`POST /checkout` answers with `checkout_url` and `session_id`.', standIn: STRIPE },
    'S0-3': {
      does: 'Tiers standard, fintech, healthcare and government, each with its compliance framework.',
    },
    'S0-4': {
      does: 'Addresses are valid and not disposable, company names have 2 to 100 characters, nobody signs up twice.',
    },
    'S0-5': { does: 'Signups of one hashed IP address are limited by the hour; over it: 429.' },
    'S0-6': {
      does: '`client_reference_id` and constraints prevent double charges and double customers.',
      standIn: STRIPE,
    },
    'S0-7': {
      does: 'The front end has tiers, a pilot discount, validation, loading states and a way to verify the signup.',
    },
    'S0-8': { does: '`SIGNUP_ENABLED=false` closes the signup.' },
    'S0-9': {
      does: 'Onboarding makes an API key (kept as a hash), an admin user, a welcome mail and a mail to set the password.',
      standIn: SES,
    },
    'S0-10': { does: "`onboard-customer` takes the flags of the source's script.", standIn: BOTH },
    'S0-11': {
      does: 'AWS Organizations and Identity Center; access within ten minutes.',
      open: 'AWS itself: the target `aws-landing-zone` is tried with mocks; a measured time',
    },
    'S0-12': {
      does: 'A trial of 30 days through Checkout; its end is in the database.',
      standIn: STRIPE,
    },
    'S0-13': { does: 'Four monthly prices, and the coupon `pilot50off`.', standIn: STRIPE },
    'S0-14': {
      does: '`/webhooks/stripe` checks signatures, keeps event ids, and takes a resent event once.',
      standIn: STRIPE,
    },
    'S0-15': { does: 'No card data are stored; text that looks like a card number is refused.' },
    'S0-16': { does: 'A subscription deleted in Stripe is a cancellation.', standIn: STRIPE },
    'S0-17': { does: 'The welcome mail has links to the API key and to set the password; SES sends it.', standIn: SES },
    'S0-18': {
      does: 'Unique Stripe ids, invoices, audit events, nullable AWS fields, tried down migrations, row-level security.',
    },
    'S0-19': {
      does: 'Settings under the names of the source.',
      standIn: STRIPE,
    },
    'S0-20': { does: 'Five metrics and two alarms by name; separate log streams.', standIn: STRIPE },
    'S0-21': {
      does: 'The audit trail has Checkouts, webhooks, customers, onboarding and provisioning.',
    },
    'S0-22': {
      does: 'Integration and end-to-end tests of checkout, webhook, onboarding, mail and key.',
      standIn: BOTH,
    },
    'S0-23': {
      does: 'Scripted set-up in Stripe, migrations, a way back, a troubleshooting runbook.',
      standIn: STRIPE,
    },
  },
};

const IOTISTIC: Source = {
  name: 'Iotistic: signup, licence and instance',
  items: {
    'S1-1': { does: '`POST /api/customers/signup` with the checks and error texts of the source.' },
    'S1-2': { does: 'Its reply of 201, member by member.' },
    'S1-3': { does: 'Ids `cust_<uuid>`, hashed passwords, a trial, a licence and a deployment in one signup.' },
    'S1-4': {
      does: 'Reminders 7 and 2 days before the end of the trial and at the end, then three read-only days.',
      standIn: BOTH,
    },
    'S1-5': { does: 'Plans starter, professional and enterprise with their sizes.', open: 'sizes of memory and CPU' },
    'S1-6': { does: 'A licence as a signed JWT, its hash in a history, checked by the instance when it starts.' },
    'S1-7': {
      does: 'A namespace per customer with its 14 ordered resources.',
      open: 'the target `kubernetes`; the target `local` is there',
    },
    'S1-8': {
      does: 'Secrets of their lengths, environment and ingress of the instance.',
      open: 'ingress, TLS, MQTT and InfluxDB',
    },
    'S1-9': {
      does: 'Readiness is polled and times out; what was made is then removed.',
      open: 'six deployments, every 5 s, 300 s',
    },
    'S1-10': {
      does: 'Deployment goes from provisioning to ready or failed, with three tries, mails and alerts.',
      standIn: SES,
      open: 'quotas and network policies',
    },
    'S1-11': { does: 'A backup strategy is written down.', open: 'schedule and place off the machine' },
    'S1-12': {
      does: 'Mails: welcome, ready, failed, two reminders, expired.',
      open: 'address and login link of the instance in the welcome mail',
      standIn: SES,
    },
    'S1-13': {
      does: 'Columns of the deployment, licence history, deployment metrics, subscriptions.',
      open: 'a history of subscriptions',
    },
    'S1-14': { does: '`BASE_DOMAIN` and `NODE_ENV`.', open: '`NODE_ENV`' },
    'S1-15': {
      does: '`deployment_metrics`, their average, the target of three minutes.',
      open: 'average, target, an estimate that learns',
    },
    'S1-16': {
      does: 'A guide for running it locally, a production checklist, alerts on repeated failures.',
      open: 'in-cluster credentials',
    },
    'S1-17': { does: 'Error and success texts of the signup, word for word.' },
  },
};

const PREDIXA: Source = {
  name: 'Predixa: identity elsewhere, no trial, no instance',
  items: {
    'S2-1': {
      does: 'A confirmed identity gets a Stripe customer, a profile and the entitlement `none`; the hook never fails.',
      standIn: STRIPE,
    },
    'S2-2': { does: 'Bearer tokens of an external issuer; an invalid one is a 401.' },
    'S2-3': { does: '`TRIAL_DAYS` and `trial_expires_at`.' },
    'S2-4': {
      does: 'The entitlement with the fields of the source; one that is missing is `none`, no error.',
      standIn: STRIPE,
    },
    'S2-5': { does: '`POST /stripe/webhook` updates entitlements; deleted is `canceled`.', standIn: STRIPE },
    'S2-6': { does: '`DELETE /me/account` deletes in every system, and checks that it is gone.', standIn: BOTH },
    'S2-7': { does: "A profile with given and family name under the identity's subject." },
    'S2-8': {
      does: '`STRIPE_API_KEY`, `TRIAL_DAYS`, `COGNITO_*`.',
    },
    'S2-9': {
      does: 'Failures of hook and webhook, 401s and deliveries are counted and alarmed.',
    },
    'S2-10': {
      does: 'Local tests, the four integration checks, a least-privilege IAM policy.',
    },
  },
};

const IOTISTIC_KUBERNETES: Source = {
  name: 'Iotistic on Kubernetes: a stack per customer',
  items: {
    'S3-1': { does: 'Signup and login with their statuses; the deployment is asynchronous.' },
    'S3-2': { does: 'A trial of 14 days; after it Checkout, payment and a renewed licence.', standIn: BOTH },
    'S3-3': { does: 'Our id and that of Stripe name each other; upgrade through Checkout.', standIn: STRIPE },
    'S3-4': {
      does: 'RS256 licences from key files, renewed on upgrade; keys can be rotated.',
      open: 'rotation of the keys',
    },
    'S3-5': {
      does: 'Postgres, MQTT, API, dashboard and exporter per customer, quota, policies, TLS.',
      open: 'the target `kubernetes`',
    },
    'S3-6': {
      does: 'Deploy, update, delete and status of an instance with the replies of the source.',
      open: 'deploy and delete over the API',
    },
    'S3-7': {
      does: 'Jobs with backoff; sizes, cluster sizes and costs.',
      open: 'sizes, and the document of costs',
    },
    'S3-8': { does: 'An instance is deleted with its data, a person is forgotten, terms and privacy have pages.' },
    'S3-9': {
      does: 'Daily backups, 30 days, a restore that was tried.',
      open: 'the schedule and an S3-compatible store',
    },
    'S3-10': { does: 'Six mails, from templates.', standIn: SES },
    'S3-11': { does: 'Settings of service and instance.', open: 'the variables of the instance by name' },
    'S3-12': { does: 'Usage from the instance to invoice lines.', open: 'collector, exporter, invoice lines' },
    'S3-13': { does: 'Metrics, dashboards, logs and traces.', open: 'all but logs' },
    'S3-14': {
      does: 'Eight signup tests, an upgrade test, manifests that are checked, guides.',
      open: 'manifests and guides',
    },
    'S3-15': { does: 'Sizes of the service, cluster sizes, cost per customer.', open: 'all of it' },
    'S3-16': { does: 'Images, ingress back ends and labels by name.', open: 'all of it' },
  },
};

const POLICYCORTEX: Source = {
  name: 'PolicyCortex: wizard, trials, plans and billing',
  items: {
    'S4-1': { does: 'A wizard of eight steps.', open: 'all of it' },
    'S4-2': { does: 'Four routes below `/api/v1/onboarding`.', open: 'all of it' },
    'S4-3': {
      does: 'Templates, progress, recovery, kept sessions and recommendations of the wizard.',
      open: 'all of it',
    },
    'S4-4': { does: 'Registration, discovery, selection, provisioning, activation, onboarding.', open: 'discovery' },
    'S4-5': {
      does: 'Invitations, roles with audit, rotated keys, encryption at rest.',
      open: 'invitations and members; encryption at rest',
    },
    'S4-6': { does: 'A trial can be extended twice, with a reason, by rules.', standIn: STRIPE },
    'S4-7': { does: 'Start, extend and convert a trial under `/api/v1/trials`.', open: "the source's paths" },
    'S4-8': { does: 'Conversion campaigns, engagement, experiments, a score.', open: 'all of it' },
    'S4-9': { does: 'Plans from free to enterprise with limits and cycles.', open: "the source's catalogue" },
    'S4-10': { does: 'Plan changes with proration, overage, soft and hard limits.', open: 'overage and limits' },
    'S4-11': { does: 'Routes of subscriptions and usage.', open: 'all of it' },
    'S4-12': {
      does: 'Stripe, PayPal, marketplace and Net-30; refunds with audit; currencies and tax.',
      open: 'all but Stripe, refunds and prices in several currencies',
    },
    'S4-13': { does: 'Payment methods, payments and invoices; tokens only.', open: 'the three routes' },
    'S4-14': { does: 'Over 40 endpoints in six groups, live status, analytics.', open: 'usage and analytics' },
    'S4-15': { does: 'Three templates of infrastructure.', open: 'all of it' },
    'S4-16': {
      does: 'Six kinds of resources, ordered, in parallel, tagged, with rollback.',
      open: 'four of the kinds',
    },
    'S4-17': { does: "One state inside; each source's words outside." },
    'S4-18': { does: 'Cancellation with proration; a route that deprovisions.', open: 'proration; the route' },
    'S4-19': { does: 'Campaigns, limit warnings and status mails.', open: 'all of it' },
    'S4-20': {
      does: 'Settings of the trial, of providers, currency and tax.',
      open: 'those of providers, terms of payment, overage, currency and tax',
    },
    'S4-21': { does: 'KPIs of conversion, churn, provisioning, payment and the API.', open: 'all of it' },
    'S4-22': { does: 'The funnel from registration to subscription.', open: 'all of it' },
    'S4-23': { does: 'Four alerts on rates.', open: 'all of it' },
    'S4-24': { does: 'Unit, integration, load and stress tests.', open: 'load tests by rate' },
    'S4-25': { does: 'The service itself on Kubernetes.', open: 'all of it' },
    'S4-26': { does: 'The list of what may come later.', open: 'all of it' },
  },
};

export const SOURCES: readonly Source[] = [SECUREBASE, IOTISTIC, PREDIXA, IOTISTIC_KUBERNETES, POLICYCORTEX];
