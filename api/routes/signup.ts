import { askerOf } from '../accounts/devices.ts';
import { refuseWhenElsewhere, signsInHere } from '../accounts/elsewhere.ts';
import { signUpOnce } from '../accounts/signup-again.ts';
import { acceptSignup } from '../accounts/signup-rules.ts';
import type { App } from '../http/app-type.ts';
import { operation } from '../http/operation.ts';
import type { AppDeps } from '../http/deps.ts';
import { schemaProblems } from '../http/plugins/problems.ts';
import { CommandHeaders } from '../schemas/common.ts';
import { SignupBody, SignupReply } from '../schemas/signup.ts';

export function signupRoutes(app: App, deps: AppDeps): void {
  app.post(
    '/api/customers/signup',
    {
      ...operation(
        'signUp',
        'Sign a customer up and start the onboarding; repeating it with the same Idempotency-Key signs up only once',
        {
          ...{ access: 'public', signup: true, failure: 'Signup failed', errors: [409, 429], tags: ['customers'] },
          offered: signsInHere(deps.profile) && !deps.profile.paysFirst,
          headers: CommandHeaders,
          body: SignupBody,
          response: { 201: SignupReply },
        },
      ),
      // The handler adds the rules a schema cannot tell, so that one reply names every problem.
      attachValidation: true,
    },
    async (request, reply) => {
      refuseWhenElsewhere(deps);
      const signup = acceptSignup(request.body, schemaProblems(request.validationError), deps.profile);
      const key = request.headers['idempotency-key'];
      return reply.code(201).send(await signUpOnce(deps, signup, askerOf(deps, request), key));
    },
  );
}
