import type { Words } from 'tenure/product';

export const words: Words = {
  signup: {
    message: 'Onboarding initiated successfully',
    nextSteps: ['Check your email for your API key', 'Check your email to set up your password'],
  },
};
