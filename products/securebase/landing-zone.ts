import { CORE_STEPS } from 'tenure/product';

const TITLES: Readonly<Record<string, string>> = {
  stack: 'Build your landing zone',
  instanceHealth: 'Check your landing zone',
  readyMail: 'Email you that your landing zone is ready',
};

/** The steps of the core, as SecureBase's customers know them. */
export const steps = CORE_STEPS.map((step) => ({ ...step, title: TITLES[step.name] ?? step.title }));
