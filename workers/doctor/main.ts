import { parseArgs } from 'node:util';
import { begin } from '../../infra/begin.ts';
import { ConfigError } from '../../infra/config.ts';
import { exitCodeOf, reportText } from '../../infra/doctor/report.ts';
import { SERVICES, examineAll, type Service } from './examine.ts';
import { readHere } from './here.ts';
import { setUpStripe } from './set-up-stripe.ts';

const FLAG = { type: 'boolean', default: false } as const;
const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

/** @throws ConfigError for a name that is none of theirs. */
function serviceOf(name: string | undefined): Service | undefined {
  const service = SERVICES.find((each) => each === name);
  if (name !== undefined && !service) throw new ConfigError(`--process must be one of ${SERVICES.join(', ')}.`);
  return service;
}

/** `npm run doctor`: what customers need of Stripe, SES, Temporal, Postgres and the settings, and what of it is missing. */
await begin(async () => {
  const { values } = parseArgs({
    options: { staging: FLAG, json: FLAG, 'set-up-stripe': FLAG, yes: FLAG, process: { type: 'string' } },
  });
  const only = serviceOf(values.process);
  const here = await readHere(only);
  const rehearsal = values.staging || here.home !== undefined;
  if (values['set-up-stripe']) {
    process.exitCode = await setUpStripe(here, { rehearsal, yes: values.yes, say });
    return;
  }
  const { findings, titles } = await examineAll(here, { rehearsal }, only);
  const text = values.json ? JSON.stringify(findings, undefined, 2) : reportText(findings, titles);
  // Whoever has not answered by now would keep the process waiting.
  process.stdout.write(`${text}\n`, () => process.exit(exitCodeOf(findings)));
});
