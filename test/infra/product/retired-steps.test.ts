import { CORE_STEPS, defineProduct, defineStep, type OwnStep } from '../../../infra/product/index.ts';

const ROW = { title: 'Do it', part: 'account', needs: [], takes: [], whenItFails: 'policy' } as const;
const step = (name: string, more: { readonly queue?: 'lifecycle'; readonly title?: string } = {}): OwnStep =>
  defineStep({ ...ROW, name, run: () => Promise.resolve(), ...more });
const product = (steps: readonly OwnStep[], retired: readonly OwnStep[]) =>
  defineProduct({
    ...{ name: 'acme', brand: { name: 'Acme' }, steps: [...CORE_STEPS, ...steps], retired },
    plans: [{ id: 'solo', name: 'Solo', monthlyCents: 500, maxDevices: 1, connections: 3 }],
  });

test('a retired step is carried out for customers who have it, and is in no new onboarding', () => {
  const { profile, actions } = product([step('live')], [step('gone')]);
  expect(profile.steps.map(({ name }) => name)).not.toContain('gone');
  expect(Object.keys(actions.lifecycle.acts)).toEqual(['acme.live.run', 'acme.gone.run']);
});

test.each<[string, readonly OwnStep[], RegExp]>([
  ['has the name of one that is not', [step('live')], /retired: "live" is there twice, or among the steps too/],
  ['is there twice', [step('gone'), step('gone')], /retired: "gone" is there twice/],
  [
    'is in a queue that there is not',
    [step('gone', { queue: 'nowhere' as 'lifecycle' })],
    /retired\.gone\.queue must be/,
  ],
  ['has no title', [step('gone', { title: '' })], /retired\.gone\.title is empty/],
])('a retired step that %s is refused', (_what, retired, words) => {
  expect(() => product([step('live')], retired)).toThrow(words);
});
