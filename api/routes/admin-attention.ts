import { dismissAlert } from '../support/alerts.ts';
import type { App } from '../http/app-type.ts';
import type { AppDeps } from '../http/deps.ts';
import { orderOf } from '../support/order.ts';
import { resendMail } from '../support/resend-mail.ts';
import { DismissAlertBody, ResendMailBody } from '../schemas/attention.ts';
import { Accepted } from '../schemas/commands.ts';
import { CommandHeaders, CustomerParams as params } from '../schemas/common.ts';

const tags = ['admin'];

/** What a person does who was alerted. */
export function adminAttentionRoutes(app: App, deps: AppDeps): void {
  app.post(
    '/api/admin/customers/:id/dismiss-alert',
    {
      config: { access: 'support', errors: [409] },
      schema: {
        operationId: 'dismissAlert',
        headers: CommandHeaders,
        tags,
        summary: 'End an alert that a person has dealt with; it is raised again if it happens again',
        params,
        body: DismissAlertBody,
        response: { 200: Accepted },
      },
    },
    async (request) => {
      await dismissAlert(deps, orderOf(request, request.params.id), request.body);
      return { accepted: true };
    },
  );
  app.post(
    '/api/admin/customers/:id/resend-mail',
    {
      config: { access: 'operator', errors: [409, 504] },
      schema: {
        operationId: 'resendMail',
        headers: CommandHeaders,
        tags,
        summary: 'Send a mail that was not sent, or one that may not have been',
        params,
        body: ResendMailBody,
        response: { 200: Accepted },
      },
    },
    async (request) => {
      await resendMail(deps, orderOf(request, request.params.id), request.body);
      return { accepted: true };
    },
  );
}
