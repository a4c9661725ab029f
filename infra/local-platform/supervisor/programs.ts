import { join } from 'node:path';
import type { ProcessName } from '../../config/table.ts';
import { local, logFile, loopback, stripeFile, type Arrangement } from './arrangement.ts';
import { bareEnvironment, type EnvironmentOf } from './environment.ts';
import { answers, type NodeProgram } from './node-program.ts';
import { TASK_QUEUE } from '../../../workflows/contract/task-queue.ts';
import type { Pollers } from '../../temporal/pollers.ts';
import { UI_HOST } from '../temporal/ui-host.ts';

const flags = (options: Readonly<Record<string, string | number>>): string[] =>
  Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);

/** Where people sign up and sign in, for products that leave that to an issuer. */
function issuer(arrangement: Arrangement): readonly NodeProgram[] {
  const { home, ports, apis, hookSecretFile } = arrangement;
  if (hookSecretFile === undefined) return [];
  return [
    {
      name: 'identities',
      script: 'infra/local-platform/identities/main.ts',
      args: [
        ...flags({ port: ports.identities, data: join(home, 'identities'), 'secret-file': hookSecretFile }),
        ...apis.flatMap(({ port }) => ['--api', local(port)]),
      ],
      env: bareEnvironment(arrangement),
      logFile: logFile(home, 'identities'),
      isReady: answers(`${loopback(ports.identities)}/.well-known/openid-configuration`, 200),
    },
  ];
}

/** Parts beside Tenure, which need nothing of it to start. */
export function companions(arrangement: Arrangement): readonly NodeProgram[] {
  const { config, home, ports } = arrangement;
  const env = bareEnvironment(arrangement);
  const stripe: NodeProgram = {
    name: 'stripe',
    script: 'infra/local-platform/stripe/main.ts',
    args: flags({
      port: ports.stripe,
      data: stripeFile(home),
      'secrets-file': arrangement.stripeSecretsFile,
      'webhook-url': `${loopback(ports.api)}/webhooks/stripe`,
      ...(config.stripeOpenapi !== undefined && { openapi: config.stripeOpenapi }),
    }),
    env,
    logFile: logFile(home, 'stripe'),
    isReady: answers(loopback(ports.stripe)),
  };
  const mail: NodeProgram = {
    name: 'mail',
    script: 'infra/local-platform/mail/main.ts',
    args: flags({ port: ports.mail, data: join(home, 'mail', 'mails.jsonl') }),
    env,
    logFile: logFile(home, 'mail'),
    isReady: answers(`${loopback(ports.mail)}/health-check`, 200),
  };
  const gateway: NodeProgram = {
    name: 'gateway',
    script: 'infra/tenant-stacks/local/gateway/main.ts',
    args: flags({
      port: ports.gateway,
      'control-port': ports.gatewayControl,
      home: join(home, 'tenants'),
      'token-file': arrangement.gatewayTokenFile,
    }),
    env,
    logFile: logFile(home, 'gateway'),
    isReady: answers(loopback(ports.gatewayControl)),
  };
  const temporalUi: NodeProgram = {
    name: 'temporal-ui',
    script: 'infra/local-platform/temporal-ui/main.ts',
    args: flags({ port: ports.temporalUi, upstream: `http://${UI_HOST}:${String(ports.temporalUiServer)}` }),
    env,
    logFile: logFile(home, 'temporal-ui'),
    isReady: answers(loopback(ports.temporalUi)),
  };
  const standIns = [...(config.externalStripe ? [] : [stripe]), ...(config.externalMail ? [] : [mail])];
  return [...standIns, ...issuer(arrangement), ...(config.temporal ? [] : [temporalUi]), gateway];
}

/** Tenure itself. A worker is ready when Temporal has seen it poll, so that the first signup does not wait for it. */
export function services(
  arrangement: Arrangement,
  environmentOf: EnvironmentOf,
  pollers: Pollers,
): readonly NodeProgram[] {
  const { home, apis } = arrangement;
  const program = (name: ProcessName, script: string) => ({
    ...{ name, script },
    env: environmentOf(name),
    logFile: logFile(home, name),
  });
  const programsOfApis = apis.map((api) => ({
    ...{ name: api.part, script: 'api/server.ts', env: environmentOf(api), logFile: logFile(home, api.part) },
    isReady: answers(`${loopback(api.port)}/readyz`, 200),
  }));
  const polls = (queue: string) => (pid: number) => pollers.include(queue, pid);
  return [
    ...programsOfApis,
    { ...program('lifecycle-worker', 'workers/lifecycle-worker.ts'), isReady: polls(TASK_QUEUE.lifecycle) },
    { ...program('provisioning-worker', 'workers/provisioning-worker.ts'), isReady: polls(TASK_QUEUE.provisioning) },
  ];
}
