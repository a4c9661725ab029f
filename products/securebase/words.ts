import type { Words } from 'tenure/product';

export const words: Words = {
  signup: {
    promise: 'Your landing zone is ready in a few minutes.',
    message: 'Onboarding initiated successfully',
    nextSteps: ['Check your email for your API key', 'Check your email to set up your password'],
  },
};
