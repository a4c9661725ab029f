/** Why a stack operation failed, in the words support and the workflow act on. */
export const STACK_FAILURES = {
  StackLocked: { retryable: true, text: 'Another operation holds the stack. It will be retried.' },
  QuotaExceeded: {
    retryable: false,
    text: 'No room for another tenant. Raise the limit or remove a tenant, then replay.',
  },
  ProviderAuth: { retryable: false, text: 'The tenant database refused our credentials. Check TENANT_DATABASE_URL.' },
  InvalidSpec: {
    retryable: false,
    text: 'The tenant cannot be built as described. Correct the customer, then replay.',
  },
  StateMissing: {
    retryable: false,
    text: "The backend has no state of this stack, which was there before. Restore it, or adopt the stack with 'tenure adopt-stack'.",
  },
  WrongBackend: {
    retryable: false,
    text: 'PULUMI_BACKEND_URL points to a different backend from the one that holds our stacks, or to an empty one. Point it back or restore the backend.',
  },
  BackupTooLarge: {
    retryable: false,
    text: "The tenant's data exceeds the limit for a backup. Raise TENANT_BACKUP_MAX_MB; it will be retried.",
  },
  GatewayUnavailable: { retryable: true, text: 'The tenant gateway does not answer. It will be retried.' },
  TenantDatabaseUnavailable: {
    retryable: true,
    text: 'The tenant database server is down or not accepting work. It will be retried.',
  },
  InstanceTooSlow: { retryable: true, text: 'The instance did not start in time. It will be retried.' },
  ProvisioningInterrupted: { retryable: true, text: 'The operation was cut off. It will be retried.' },
  StackDrift: { retryable: true, text: 'What exists differs from what the stack says. See the stack log.' },
  ProvisioningTimedOut: { retryable: true, text: 'Provisioning took too long and was stopped.' },
  ProvisioningFailed: { retryable: true, text: 'Provisioning failed. See the stack log.' },
} as const;

export type StackFailureType = keyof typeof STACK_FAILURES;

const MARK = /\[tenure:(\w+)\] ([^\n]*)/;
const isFailureType = (text: string | undefined): text is StackFailureType =>
  text !== undefined && Object.hasOwn(STACK_FAILURES, text);

/**
 * A failure that keeps its type on the way through the Pulumi engine, which passes on text only: provider and program
 * throw it, {@link StackFailure.find} reads it back from the engine's diagnostics. The text carries no personal data.
 */
export class StackFailure extends Error {
  override readonly name = 'StackFailure';
  readonly type: StackFailureType;
  readonly text: string;

  constructor(type: StackFailureType, text: string = STACK_FAILURES[type].text, options?: ErrorOptions) {
    super(`[tenure:${type}] ${text}`, options);
    this.type = type;
    this.text = text;
  }

  static find(output: string): StackFailure | undefined {
    const [, type, text] = MARK.exec(output) ?? [];
    return isFailureType(type) ? new StackFailure(type, text) : undefined;
  }
}
