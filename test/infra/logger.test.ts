import pg from 'pg';
import { createLogger } from '../../infra/logger.ts';

function logged(write: (logger: ReturnType<typeof createLogger>) => void): string {
  const lines: string[] = [];
  write(createLogger('test', 'info', { write: (line) => void lines.push(line) }));
  return lines.join('');
}

test('of an error only what is on the list: no payload, header or row', () => {
  const error = Object.assign(
    new Error('Key (email_norm)=(ada@example.com) for "Acme Ltd" with sk_test_0123456789012345678901234567'),
    {
      code: '23505',
      detail: 'Key (email)=(canary-detail)',
      payload: 'canary-payload',
      header: 'canary-header',
      raw: { card: 'canary-card' },
    },
  );
  const line = logged((logger) => {
    logger.error({ err: error }, 'failed');
  });
  expect(line).toContain('23505');
  for (const secret of ['ada@example.com', 'Acme', 'canary', 'sk_test_']) expect(line).not.toContain(secret);
});

test('a name that is none is not told, whoever made it up', () => {
  const error = Object.assign(new Error('failed'), { name: 'NotFound ada@example.com', type: 'for ada@example.com' });
  const line = logged((logger) => {
    logger.error({ err: error }, 'failed');
  });
  expect(line).not.toContain('ada@');
});

test('a message of megabytes is cut before it is looked through', () => {
  const error = new Error('y'.repeat(3_000_000));
  const line = logged((logger) => {
    logger.error({ err: error }, 'it failed');
  });
  expect(line).not.toContain('y'.repeat(2_001));
});

test('its cause is told under the same rules; our ids stay readable', () => {
  const id = 'cust_4a3ff7ee-67fe-4a80-9d1c-0d13dbb4f7a1';
  const cause = new pg.DatabaseError('value "ada@example.com" is too long', 10, 'error');
  const line = logged((logger) => {
    logger.error({ err: new Error(`no stack for ${id}`, { cause }) }, 'failed');
  });
  expect(line).toContain(id);
  expect(line).toContain('is too long');
  expect(line).not.toContain('ada@example.com');
});

test('of a request the pattern of its route, not its address', () => {
  const line = logged((logger) => {
    const request = {
      id: 'r1',
      method: 'GET',
      url: '/reveal/secret-token',
      headers: { cookie: 'canary' },
      routeOptions: { url: '/reveal/:token' },
    };
    logger.info({ req: request }, 'in');
  });
  expect(line).toContain('/reveal/:token');
  expect(line).not.toMatch(/secret-token|canary/);
});
