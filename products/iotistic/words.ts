import type { Words } from 'tenure/product';

export const words: Words = {
  signup: {
    message: 'Account created successfully! Your instance is being deployed.',
    estimatedTime: '2-3 minutes',
    nextSteps: [
      'Check your email for login instructions',
      'Your instance URL will be active in 2-3 minutes',
      'Start by connecting your first device',
    ],
  },
};
