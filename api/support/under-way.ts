/**
 * A command that was accepted and is still running: it takes effect once, however often it is repeated. Answered as 202
 * with a place to look.
 */
export class UnderWay extends Error {
  override readonly name = 'UnderWay';
  readonly commandId: string;
  readonly customerId: string;

  constructor({ commandId, customerId }: { readonly commandId: string; readonly customerId: string }, cause: unknown) {
    super('Accepted, and still in progress.', { cause });
    this.commandId = commandId;
    this.customerId = customerId;
  }
}
