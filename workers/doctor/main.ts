import { parseArgs } from 'node:util';
import { begin, optionsOf, UsageError } from '../../infra/begin.ts';
import { exitCodeOf, reportText } from '../../infra/doctor/report.ts';
import { SERVICES, examineAll, type Service } from './examine.ts';
import { readHere } from './here.ts';
import { howTo } from '../../infra/program-file.ts';

const FLAG = { type: 'boolean', default: false } as const;

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
Exit code 1: something is missing. 2: an option is wrong.`;

function readOptions() {
  const { values } = parseArgs({
    options: { help: FLAG, staging: FLAG, json: FLAG, process: { type: 'string' } },
  });
  return { values, only: serviceOf(values.process) };
}

/** `npm run doctor`: what is needed from Stripe, SES, Temporal, Postgres and the settings, and what is missing. */
await begin(async () => {
  const { values, only } = optionsOf(USAGE, readOptions);
  const here = await readHere(only);
  const rehearsal = values.staging || here.home !== undefined;
  const { findings, titles } = await examineAll(here, { rehearsal }, only);
  const text = values.json ? JSON.stringify(findings, undefined, 2) : reportText(findings, titles);
  // A part that has not answered by now would keep the process waiting.
  process.stdout.write(`${text}\n`, () => process.exit(exitCodeOf(findings)));
});
