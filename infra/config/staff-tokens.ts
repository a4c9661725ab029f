import { ConfigError, type Settings } from '../settings.ts';
import { isToken } from './forms.ts';

/** A secret: errors about it do not repeat it. */
function readToken(settings: Settings, name: 'STAFF_TOKEN' | 'SUPPORT_TOKEN'): string | undefined {
  const token = settings.text(name);
  if (token !== undefined && !isToken(token))
    throw new ConfigError(`${name} must be at least 16 printable ASCII characters without blanks.`);
  return token;
}

export const readStaffToken = (settings: Settings): string =>
  readToken(settings, 'STAFF_TOKEN') ?? settings.need('STAFF_TOKEN');

export function readSupportToken(settings: Settings): string | undefined {
  const token = readToken(settings, 'SUPPORT_TOKEN');
  if (token !== undefined && token === settings.text('STAFF_TOKEN'))
    throw new ConfigError('SUPPORT_TOKEN must not be the same as STAFF_TOKEN.');
  return token;
}
