import type { Static, TSchema } from 'typebox';
import type { StaffRole } from '../../../infra/db/repositories/sessions.ts';
import type { Phase } from '../../../workflows/domain/lifecycle.ts';
import type { AppDeps } from '../../http/deps.ts';
import type { ErrorStatus } from '../../http/plugins/operations.ts';
import type { CustomerDetail } from '../customer-detail.ts';
import type { CommandRequest } from '../customer-commands.ts';

/** What decides whether a command is offered in the console. */
export interface Offering {
  readonly detail: CustomerDetail;
  readonly testClock: boolean;
  readonly role: StaffRole;
}

export interface Choice {
  readonly value: string;
  readonly label: string;
}

/** How the console refuses the input. */
type Wrong = readonly [error: string, message: string];

interface Common<F extends string> {
  /** Of the API's body. */
  readonly field: F;
  /** The name in the console's form, where it is another. */
  readonly inForm?: string;
  readonly label: string;
  /** Of the command line. */
  readonly option?: readonly [flags: string, help: string];
}

/** What a command asks for: one row for the form of the console and the option of the command line. */
export type Input<F extends string = string> = Common<F> &
  (
    | {
        readonly kind: 'text';
        readonly maxLength: number;
        readonly hint?: string;
        readonly required?: true;
        /** Absent where the API's own message is used. */
        readonly wrong?: Wrong;
      }
    | { readonly kind: 'number'; readonly value: string; readonly least: number; readonly wrong: Wrong }
    | { readonly kind: 'cents'; readonly hint: string; readonly wrong: Wrong }
    | { readonly kind: 'instant'; readonly hint: string; readonly wrong: Wrong }
    /** One of some words, the first unless another is chosen. */
    | { readonly kind: 'word'; readonly words: readonly [Choice, ...Choice[]] }
    /** Something that belongs to the customer, by its id. */
    | { readonly kind: 'choice'; readonly from: (detail: CustomerDetail) => readonly Choice[]; readonly wrong: Wrong }
    | { readonly kind: 'tick' }
    /** A checkbox for what ends a customer; the customer's id is typed once more. */
    | { readonly kind: 'end'; readonly confirm: string }
  );

interface Definition<F extends string> {
  /** In addresses and on the command line. */
  readonly name: string;
  /** Who may do it: operators may do all that support may. */
  readonly role: StaffRole;
  readonly inputs: readonly Input<F>[];
  readonly operationId: string;
  /** In the API's document. */
  readonly summary: string;
  /** Besides those of every route; the default is what a workflow may answer. */
  readonly errors?: readonly ErrorStatus[];
  /** Finished before it answers, so it is never reported as still running. */
  readonly atOnce?: true;
  /** Its form; absent for what only the command line offers. The workflow has the last word on what is offered. */
  readonly console?: {
    readonly title: string;
    readonly button: string;
    /** Said above the inputs. */
    readonly note?: string;
    /** A double click is one command; after a lost answer the same form can be sent again. */
    readonly onceOnly?: true;
    /** What the page says afterwards. */
    readonly done: string;
    readonly offered: (view: Offering) => boolean;
  };
  /** The help of the command line; absent if there is no such command. */
  readonly help?: string;
}

/** A command that support may send for a customer. */
export interface SupportCommand extends Definition<string> {
  readonly body: TSchema;
  readonly reply: TSchema;
  readonly run: (deps: AppDeps, command: CommandRequest, body: never) => Promise<unknown>;
}

interface TypedCommand<B extends TSchema, R extends TSchema> extends Definition<keyof Static<B> & string> {
  readonly body: B;
  readonly reply: R;
  /**
   * It imports its dependencies only when it is called: the command line reads this table too, and has to start
   * quickly.
   */
  readonly run: (deps: AppDeps, command: CommandRequest, body: Static<B>) => Promise<Static<R>>;
}

/** One row of the table of support's commands: its route, its form and its command line are made of it. */
export const command = <B extends TSchema, R extends TSchema>(typed: TypedCommand<B, R>): TypedCommand<B, R> => typed;

/** What the name of an input is in the console's form. */
export const nameInForm = ({ inForm, field }: Pick<Input, 'inForm' | 'field'>): string => inForm ?? field;

export const REASON = {
  kind: 'text',
  field: 'reason',
  label: 'Reason, for the audit trail',
  required: true,
  maxLength: 500,
  wrong: ['The reason is missing', 'Say why: it is kept in the audit trail.'],
  option: ['--reason <text>', 'why; kept in the audit trail'],
} as const satisfies Input;

export const inPhase =
  (...phases: readonly Phase[]) =>
  ({ detail }: Offering): boolean =>
    phases.some((phase) => phase === detail.customer.phase);
