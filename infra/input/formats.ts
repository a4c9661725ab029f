import { emailProblem } from './email-address.ts';
import { isInstant } from './instant.ts';
import { isLine, isName } from './line.ts';

interface Format {
  readonly holds: (text: string) => boolean;
  /** Follows the name of the field. */
  readonly message: string;
}

/** What the `format` of a text in a JSON schema means here, and what is told when it does not hold. */
export const FORMATS = {
  line: { holds: isLine, message: 'must be a single line without hidden characters.' },
  name: { holds: isName, message: 'must be a single line of visible text, without web or e-mail addresses.' },
  email: {
    holds: (text) => emailProblem(text) === undefined,
    message: 'must be an e-mail address like ada@example.com, with a-z, 0-9 and signs like . - _ + before the @.',
  },
  'date-time': { holds: isInstant, message: 'must be a time like 2026-12-24T00:00:00Z.' },
} as const satisfies Record<string, Format>;

export type FormatName = keyof typeof FORMATS;
