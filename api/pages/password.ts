import type { FastifyReply } from 'fastify';
import { Type } from 'typebox';
import { askForPasswordLink } from '../accounts/forgot-password.ts';
import { signsInHere } from '../accounts/elsewhere.ts';
import { openSession } from '../accounts/sessions.ts';
import { auditSignIn } from '../accounts/sign-in-audit.ts';
import { passwordLinkIsGood, setPassword } from '../accounts/set-password.ts';
import type { App } from '../http/app-type.ts';
import type { AppDeps } from '../http/deps.ts';
import { ApiError } from '../http/errors.ts';
import { Closed } from '../schemas/common.ts';
import { LoginBody } from '../schemas/signup.ts';
import { Csrf, Yes } from './form-schemas.ts';
import { csrfFor, seeOther, sendPage } from './scope.ts';
import { elsewherePage } from './views/login.ts';
import { deadLinkPage, forgotPage, linkOnItsWayPage, setPasswordPage } from './views/password.ts';

const config = { access: 'public', page: true } as const;
const schema = { hide: true };
/** Any text: a wrong link gets the same answer as one that is no longer valid. */
const params = Closed({ token: Type.String({ maxLength: 200 }) });
const { email, password } = LoginBody.properties;
const ForgotForm = Closed({ ...Csrf, email });
const PasswordForm = Closed({ ...Csrf, password, revoke_keys: Yes });
const GONE = 410;

/** Nobody has a password here. */
const elsewhere = ({ profile }: AppDeps) => elsewherePage(profile.brand);

/** The address of such a page is a secret; it must not be sent as a referrer. */
const secret = (reply: FastifyReply): FastifyReply => reply.header('referrer-policy', 'no-referrer');

function forgotForm(app: App, deps: AppDeps): void {
  app.get('/set-password', { config, schema }, (_request, reply) => seeOther(reply, '/forgot-password'));
  app.get('/forgot-password', { config, schema }, (request, reply) =>
    sendPage(reply, signsInHere(deps.profile) ? forgotPage({ csrf: csrfFor(deps, request, reply) }) : elsewhere(deps)),
  );
  app.post('/forgot-password', { config, schema: { ...schema, body: ForgotForm } }, async (request, reply) => {
    try {
      await askForPasswordLink(deps, request.body.email, request.ip);
      return await sendPage(reply, linkOnItsWayPage);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const csrf = csrfFor(deps, request, reply);
      return sendPage(reply.code(error.statusCode), forgotPage({ csrf, error: error.body }));
    }
  });
}

/** Opening the link shows a form only: mail scanners open links, and must not use them up. */
export function passwordPages(app: App, deps: AppDeps): void {
  forgotForm(app, deps);
  app.get('/set-password/:token', { config, schema: { ...schema, params } }, async (request, reply) => {
    const { token } = request.params;
    void secret(reply);
    if (!(await passwordLinkIsGood(deps.database, token)))
      return sendPage(reply.code(GONE), signsInHere(deps.profile) ? deadLinkPage : elsewhere(deps));
    return sendPage(reply, setPasswordPage({ csrf: csrfFor(deps, request, reply), token }));
  });
  app.post(
    '/set-password/:token',
    { config, schema: { ...schema, params, body: PasswordForm } },
    async (request, reply) => {
      const { token } = request.params;
      const typed = { password: request.body.password, revokeKeys: request.body.revoke_keys === 'yes' };
      void secret(reply);
      try {
        const owner = await setPassword(deps, token, typed);
        if (!owner) return await sendPage(reply.code(GONE), deadLinkPage);
        const signedIn = { customerId: owner.customerId, actor: 'visitor', ip: request.ip, details: { by: 'link' } };
        await auditSignIn(deps, { ...signedIn, action: 'sign_in.ok' });
        await openSession(deps, request, reply, owner);
        return await seeOther(reply, '/account?done=password');
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        const csrf = csrfFor(deps, request, reply);
        return sendPage(reply.code(error.statusCode), setPasswordPage({ csrf, token, error: error.body }));
      }
    },
  );
}
