/**
 * All that a product imports of Tenure, as `tenure/product`.
 * @packageDocumentation
 */
export { Type, type Static } from 'typebox';
export type { Brand } from '../../workflows/domain/profiles/brand.ts';
export { CORE_STEPS } from '../../workflows/domain/core-steps.ts';
export {
  defineMail,
  type Charge,
  type Mail,
  type MailAction,
  type MailCustomer,
  type MailFacts,
} from './define-mail.ts';
export { defineProduct, type Product, type ProductDefinition } from './define-product.ts';
export {
  defineResource,
  type OwnResource,
  type ResourceContext,
  type ResourceInputs,
  type ResourceOutputs,
  type ResourceTenant,
} from './define-resource.ts';
export {
  defineRoute,
  isRefusal,
  refuseRequest,
  type OwnRoute,
  type Refusal,
  type RouteAccess,
  type RouteContext,
  type RouteCustomer,
  type RouteEntitlement,
  type RouteIdentity,
  type RouteReply,
  type RouteSignup,
  type Tenure,
} from './define-route.ts';
export type { LegalSection, Words } from './words.ts';
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
