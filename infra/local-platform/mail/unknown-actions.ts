import type { IncomingMessage, Server } from 'node:http';

const SENDING: ReadonlySet<string> = new Set(['SendEmail', 'SendRawEmail']);

const refusal = (action: string): string =>
  `<ErrorResponse xmlns="http://ses.amazonaws.com/doc/2010-12-01/"><Error><Type>Sender</Type><Code>InvalidAction</Code>` +
  `<Message>Could not find operation ${action.replaceAll(/\W/g, '')} for version 2010-12-01</Message></Error></ErrorResponse>`;

/** The inbox does not answer an action that it does not know; SES does. */
export function answerUnknownActions(server: Server): void {
  server.on('request', (request: IncomingMessage & { readonly body?: { readonly Action?: unknown } }, response) => {
    request.once('end', () =>
      // The package has already read the body here.
      setImmediate(() => {
        const action = request.body?.Action;
        if (typeof action !== 'string' || SENDING.has(action)) return;
        response.writeHead(400, { 'content-type': 'text/xml' }).end(refusal(action));
      }),
    );
  });
}
