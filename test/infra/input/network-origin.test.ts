import { networkOrigin } from '../../../infra/input/network-origin.ts';

test.each([
  ['203.0.113.9', '203.0.113.9'],
  ['::ffff:203.0.113.9', '203.0.113.9'],
  ['::FFFF:cb00:7109', '203.0.113.9'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::'],
  ['2001:db8:1:2::', '2001:db8:1:2::'],
  ['::1', '::'],
  ['203.0.113.9:40001', '203.0.113.9'],
  ['[2001:db8:1:2:3:4:5:6]:40001', '2001:db8:1:2::'],
  ['[2001:db8:1:2::]', '2001:db8:1:2::'],
  ['[::ffff:203.0.113.9]:1', '203.0.113.9'],
  ['not an address', 'not an address'],
])('%p is counted as %p', (address, origin) => {
  expect(networkOrigin(address)).toBe(origin);
});
