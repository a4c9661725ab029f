import { ConfigError, type Settings } from '../settings.ts';
import { isToken } from './forms.ts';

const TOKEN_FORM = 'printable characters without blanks, as it stands in a header';

export function readStaffToken(settings: Settings): string {
  const token = settings.need('STAFF_TOKEN');
  // A secret: not repeated.
  if (!isToken(token)) throw new ConfigError(`STAFF_TOKEN must be ${TOKEN_FORM}.`);
  return token;
}

export function readSupportToken(settings: Settings): string | undefined {
  const token = settings.text('SUPPORT_TOKEN');
  if (token !== undefined && !isToken(token)) throw new ConfigError(`SUPPORT_TOKEN must be ${TOKEN_FORM}.`);
  if (token !== undefined && token === settings.text('STAFF_TOKEN'))
    throw new ConfigError('SUPPORT_TOKEN must not be the same as STAFF_TOKEN.');
  return token;
}
