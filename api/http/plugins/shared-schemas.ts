import { Type } from 'typebox';
import { currenciesOf, cyclesOf, isFree, type Profile } from '../../../workflows/domain/profiles/index.ts';
import type { App } from '../app-type.ts';

/** Every error has this shape. */
const ErrorReply = Type.Object(
  {
    error: Type.String({ description: 'Short text for people.' }),
    message: Type.String({ description: 'A sentence that says what to do.' }),
    code: Type.String({ description: 'Stable, for programs.' }),
    problems: Type.Array(Type.Object({ field: Type.String(), message: Type.String() }), {
      description: 'What is wrong with each field of the request.',
    }),
  },
  {
    $id: 'Error',
    examples: [
      {
        ...{ error: 'Not possible now', message: 'This customer has left.', code: 'customer_ended', problems: [] },
      },
    ],
  },
);

/** Schemas that other schemas name by `$ref`: the shape of errors, and what the catalogue has. */
export function sharedSchemas(app: App, profile: Profile): void {
  const { plans, regions } = profile;
  app.addSchema(ErrorReply);
  app.addSchema({
    ...{ $id: 'Plan', type: 'string', enum: plans.map(({ id }) => id), examples: [plans[0].id] },
    description: 'A plan of the catalogue; a signup that names none gets the first.',
  });
  const sold = plans.filter((plan) => !isFree(plan)).map(({ id }) => id);
  app.addSchema({
    ...{ $id: 'SoldPlan', type: 'string', enum: sold.length > 0 ? sold : plans.map(({ id }) => id) },
    description: 'A plan of the catalogue that costs something.',
  });
  app.addSchema({
    ...{ $id: 'Region', type: 'string', enum: regions, examples: [regions[0]] },
    description: 'Where the instance stands; a signup that names none gets the first.',
  });
  app.addSchema({
    ...{ $id: 'BillingCycle', type: 'string', enum: cyclesOf(profile), examples: ['monthly'] },
    description: 'How often a plan is paid, in advance; monthly if absent. Not every plan has every cycle.',
  });
  app.addSchema({
    ...{ $id: 'Currency', type: 'string', enum: currenciesOf(profile), examples: [profile.currency] },
    description: 'In which the customer pays; the first if absent.',
  });
}
