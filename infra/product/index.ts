/**
 * All that a product imports of Tenure, as `tenure/product`.
 * @packageDocumentation
 */
export type { Brand } from '../../workflows/domain/profiles/brand.ts';
export { CORE_STEPS } from '../../workflows/domain/core-steps.ts';
export { defineMail, type Mail, type MailAction, type MailCustomer, type MailFacts } from './define-mail.ts';
export { defineProduct, type Product, type ProductDefinition } from './define-product.ts';
export {
  defineStep,
  refuse,
  type OwnActionStep,
  type OwnMailStep,
  type OwnStep,
  type PreviewContext,
  type StepAction,
  type StepContext,
  type StepCustomer,
} from './define-step.ts';
