import { parseArgs } from 'node:util';
import { begin, optionsOf, UsageError } from '../../infra/begin.ts';
import { exitCodeOf, reportText } from '../../infra/doctor/report.ts';
import { SERVICES, examineAll, type Service } from './examine.ts';
import { readHere } from './here.ts';
import { setUpStripe } from './set-up-stripe.ts';
import { howTo } from '../../infra/program-file.ts';

const FLAG = { type: 'boolean', default: false } as const;
const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

/** @throws UsageError for a name that is not one of these */
function serviceOf(name: string | undefined): Service | undefined {
  const service = SERVICES.find((each) => each === name);
  if (name !== undefined && !service) throw new UsageError(`--process must be one of ${SERVICES.join(', ')}.`);
  return service;
}

const USAGE = `Usage: ${howTo('doctor', '[options]')}

  --product <path> your product, when not by TENURE_PRODUCT
  --staging        test keys and stand-ins are no faults
  --process <name> only what this process needs: ${SERVICES.join(', ')}
  --json           the findings as JSON
  --set-up-stripe  show what is missing in Stripe; with --yes, make it
Exit code 1: something is missing. 2: an option is wrong.`;

function readOptions() {
  const { values } = parseArgs({
    options: { help: FLAG, staging: FLAG, json: FLAG, 'set-up-stripe': FLAG, yes: FLAG, process: { type: 'string' } },
  });
  if (values.json && values['set-up-stripe']) throw new UsageError('--json does not go with --set-up-stripe.');
  return { values, only: serviceOf(values.process) };
}

/** `npm run doctor`: what is needed from Stripe, SES, Temporal, Postgres and the settings, and what is missing. */
await begin(async () => {
  const { values, only } = optionsOf(USAGE, readOptions);
  const here = await readHere(only);
  const rehearsal = values.staging || here.home !== undefined;
  if (values['set-up-stripe']) {
    process.exitCode = await setUpStripe(here, { rehearsal, yes: values.yes, say });
    return;
  }
  const { findings, titles } = await examineAll(here, { rehearsal }, only);
  const text = values.json ? JSON.stringify(findings, undefined, 2) : reportText(findings, titles);
  // A part that has not answered by now would keep the process waiting.
  process.stdout.write(`${text}\n`, () => process.exit(exitCodeOf(findings)));
});
