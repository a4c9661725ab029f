import { CORE_STEPS } from 'tenure/product';

const TITLES: Readonly<Record<string, string>> = {
  stack: 'Build your landing zone',
  instanceHealth: 'Check your landing zone',
  readyMail: 'Email you that your landing zone is ready',
};

/** The steps of the core, as SecureBase's customers know them. */
export const steps = CORE_STEPS.map((step) => ({ ...step, title: TITLES[step.name] ?? step.title }));

/**
 * With `PRODUCT_LANDING_ZONES=aws` each customer gets an account of the organization in AWS; without, as on a machine of
 * a developer, an instance that stands in for it. It is agreed with each customer: a change is for new ones.
 */
export const place = {
  target: process.env['PRODUCT_LANDING_ZONES'] === 'aws' ? 'aws-landing-zone' : 'local',
  regions: ['us-east-1', 'us-west-2', 'eu-central-1'],
} as const;
