import { parentPort } from 'node:worker_threads';
import fastify from 'fastify';
import { Type } from 'typebox';
import { FORMATS, type FormatName } from '../../../../infra/input/formats.ts';
import { PATTERNS, type PatternName } from '../../../../infra/input/patterns.ts';
import { acceptSignup } from '../../../../api/accounts/signup-rules.ts';
import { TokenForm } from '../../../../api/pages/form-schemas.ts';
import { bodyRules } from '../../../../api/http/plugins/body-rules.ts';
import { errorHandler } from '../../../../api/http/plugins/error-handler.ts';
import { schemaProblems } from '../../../../api/http/plugins/problems.ts';
import { sharedSchemas } from '../../../../api/http/plugins/shared-schemas.ts';
import { VALIDATION } from '../../../../api/http/plugins/validation.ts';
import { Patterned } from '../../../../api/schemas/common.ts';
import { LoginBody, SignupBody } from '../../../../api/schemas/signup.ts';
import { tenure } from '../../../support/default-product.ts';

/** Processor time is measured in steps of some milliseconds: only many rounds show the cost of one. */
const ROUNDS = 10;

const everyForm = Type.Object({
  text: Type.Intersect([
    ...(Object.keys(PATTERNS) as PatternName[]).map((name) => Patterned(name, { maxLength: 10 })),
    ...(Object.keys(FORMATS) as FormatName[]).map((format) => Type.String({ format })),
  ]),
});

/** Everything the API does with unauthenticated input before it knows whether the input is valid. */
const app = fastify({ ajv: VALIDATION });
errorHandler(app);
bodyRules(app);
sharedSchemas(app, tenure);
app.post('/signup', { attachValidation: true, schema: { body: SignupBody } }, (request) => {
  acceptSignup(request.body, schemaProblems(request.validationError), tenure);
  return {};
});
for (const [url, body] of Object.entries({ '/login': LoginBody, '/console/login': TokenForm, '/any': everyForm }))
  app.post(url, { schema: { body } }, () => ({}));
await app.ready();

async function costMs(url: string, payload: string): Promise<number> {
  const request = { method: 'POST', url, headers: { 'content-type': 'application/json' }, payload } as const;
  const before = process.threadCpuUsage();
  for (let round = 0; round < ROUNDS; round += 1) await app.inject(request);
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1_000 / ROUNDS;
}

/** A thread like the API's, outside the sandbox of tests. Answers each body with its cost in milliseconds. */
parentPort?.on('message', ({ url, body }: { url: string; body: string }) => {
  void costMs(url, body).then((cost) => parentPort?.postMessage(cost));
});
