import { Type } from 'typebox';
import { signsInHere } from '../accounts/elsewhere.ts';
import { closeSessions, openSession } from '../accounts/sessions.ts';
import { askerOf } from '../accounts/devices.ts';
import { signIn } from '../accounts/sign-in.ts';
import type { App } from '../http/app-type.ts';
import { operation } from '../http/operation.ts';
import type { AppDeps } from '../http/deps.ts';
import { LoginBody, LoginReply } from '../schemas/signup.ts';

export function loginRoutes(app: App, deps: AppDeps): void {
  app.post(
    '/api/customers/login',
    operation('signIn', 'Sign a customer in', {
      ...{ access: 'public', failure: 'Login failed', errors: [401, 409, 429], tags: ['customers'] },
      offered: signsInHere(deps.profile),
      body: LoginBody,
      response: { 200: LoginReply },
    }),
    async (request, reply) => {
      const { customerId, sessionVersion, email, companyName } = await signIn(
        deps,
        request.body,
        askerOf(deps, request),
      );
      const { token, expiresAt } = await openSession(deps, request, reply, { customerId, sessionVersion });
      return {
        message: 'Login successful',
        token,
        expires_at: expiresAt.toISOString(),
        customer: { customer_id: customerId, email, company_name: companyName },
      };
    },
  );
  app.post(
    '/api/customers/logout',
    operation('signOut', 'End the session; without one nothing happens', {
      access: 'public',
      offered: signsInHere(deps.profile),
      tags: ['customers'],
      response: { 200: Type.Object({ message: Type.String() }) },
    }),
    async (request, reply) => {
      await closeSessions(deps, request, reply, 'customer');
      return { message: 'Logged out' };
    },
  );
}
