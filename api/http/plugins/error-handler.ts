import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { DatabaseUnavailableError } from '../../../infra/db/outage.ts';
import { UnreadableBodyError } from '../../../infra/http-bodies.ts';
import type { App } from '../app-type.ts';
import { ApiError, invalid, notFound, type ErrorBody } from '../errors.ts';
import { errorPage } from '../../pages/error-page.ts';
import { sendPage } from '../../pages/scope.ts';
import type { Visitor } from '../../pages/views/layout.ts';
import { UnderWay } from '../../support/under-way.ts';
import { schemaProblems } from './problems.ts';

const unreadable = (message: string, statusCode = 400): ApiError =>
  new ApiError(statusCode, { error: 'The request is not valid', message, code: 'bad_request' });

const unsupportedType = (request: FastifyRequest): ApiError =>
  new ApiError(415, {
    error: 'Unsupported media type',
    message:
      request.routeOptions.config.page === true
        ? 'Send the form as application/x-www-form-urlencoded.'
        : 'Send JSON (application/json).',
    code: 'bad_request',
  });

const tooLarge = (bytes: number): ApiError =>
  new ApiError(413, {
    error: 'Body too large',
    message: `Send at most ${String(Math.floor(bytes / 1_024))} KB.`,
    code: 'bad_request',
  });

function clientError(error: FastifyError, statusCode: number, request: FastifyRequest): ApiError {
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') return tooLarge(request.routeOptions.bodyLimit);
  if (error.validation) return invalid('The request is not valid', schemaProblems(error));
  if (error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return unsupportedType(request);
  if (error.code.startsWith('FST_CSRF'))
    return new ApiError(403, {
      error: 'Forbidden',
      message: 'This form has expired. Load the page again.',
      code: 'forbidden',
    });
  return unreadable('The request could not be read.', statusCode);
}

function serverError(request: FastifyRequest): ErrorBody {
  return {
    error: request.routeOptions.config.failure ?? 'Something went wrong',
    message: `The problem is on our side. Try again; if it happens again, give support this id: ${request.id}.`,
    code: 'internal_error',
    problems: [],
  };
}

/** The caller does not know whether it was done. Commands and signups can be sent again without a second effect. */
const databaseAway = (cause: DatabaseUnavailableError): ApiError =>
  new ApiError(503, {
    error: 'Not available at the moment',
    message: 'Our database is not responding at the moment. Try again in a few seconds.',
    code: 'unavailable',
    retryAfterSeconds: 5,
    cause,
  });

function knownError(error: FastifyError): ApiError | undefined {
  if (error instanceof ApiError) return error;
  if (error instanceof UnreadableBodyError) return unreadable(error.message);
  return error instanceof DatabaseUnavailableError ? databaseAway(error) : undefined;
}

const statusOf = (error: FastifyError): number => {
  if (error instanceof SyntaxError) return 400;
  return error.statusCode ?? 500;
};

/** The sign-in page for somebody who is not signed in: for customers, or for staff. */
function signInPage(request: FastifyRequest, statusCode: number): string | undefined {
  if (statusCode !== 401 || request.method !== 'GET') return undefined;
  const page = request.routeOptions.config.access === 'person' ? '/login' : '/console/login';
  return `${page}?next=${encodeURIComponent(request.url)}`;
}

/** Who a page is meant for, by its address, even if there is no such page. */
function visitorOf({ url }: FastifyRequest): Visitor {
  if (/^\/console\b/.test(url)) return 'staff';
  return /^\/(account|onboarding)\b/.test(url) ? 'customer' : 'anybody';
}

/** To a person, who sends no tokens. */
const SIGNED_OUT: ErrorBody = {
  error: 'You are signed out',
  message: 'Your session has ended. Sign in to continue; nothing was changed.',
  code: 'unauthenticated',
  problems: [],
};

function sendErrorPage(
  request: FastifyRequest,
  reply: FastifyReply,
  statusCode: number,
  body: ErrorBody,
): FastifyReply {
  const elsewhere = signInPage(request, statusCode);
  if (elsewhere !== undefined) return reply.redirect(elsewhere, 303);
  const shown = statusCode === 401 && body.code === 'unauthenticated' ? SIGNED_OUT : body;
  return sendPage(reply, errorPage(statusCode, shown, visitorOf(request)));
}

function send(request: FastifyRequest, reply: FastifyReply, statusCode: number, body: ErrorBody): FastifyReply {
  void reply.code(statusCode);
  const lost = request.is404 && request.headers.accept?.includes('text/html') === true;
  if (request.routeOptions.config.page === true || lost) return sendErrorPage(request, reply, statusCode, body);
  return reply.type('application/json; charset=utf-8').send(body);
}

/** Accepted, with the place where the outcome will be shown. */
function sendUnderWay(request: FastifyRequest, reply: FastifyReply, { commandId, customerId }: UnderWay): FastifyReply {
  const lookAt = request.url.startsWith('/me') ? '/me' : `/api/admin/customers/${customerId}/timeline`;
  const message = `Accepted, and still in progress: something it needs is slow or unavailable. It takes effect only once. Look at ${lookAt}, or send it again with the header "Idempotency-Key: ${commandId}" to get the result.`;
  void reply.code(202).header('location', lookAt).header('retry-after', 5);
  return reply.send({ accepted: true, command_id: commandId, look_at: lookAt, message });
}

/** One shape for every error; details of our own failures are logged and never sent. */
export function errorHandler(app: App): void {
  app.setErrorHandler<FastifyError>((error, request, reply) => {
    if (error instanceof UnderWay) return sendUnderWay(request, reply, error);
    const statusCode = statusOf(error);
    const known = knownError(error);
    if (statusCode >= 500) request.log.error({ err: error }, 'request failed');
    if (!known && statusCode >= 500) return send(request, reply, 500, serverError(request));
    const shown = known ?? clientError(error, statusCode, request);
    if (shown.retryAfterSeconds !== undefined) void reply.header('retry-after', shown.retryAfterSeconds);
    return send(request, reply, shown.statusCode, shown.body);
  });
  app.setNotFoundHandler((request, reply) => send(request, reply, 404, notFound('page').body));
}
