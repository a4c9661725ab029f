import type { App } from '../http/app-type.ts';
import type { AppDeps } from '../http/deps.ts';
import { accountPages } from './account.ts';
import { assets } from './assets.ts';
import { checkoutReturnPages } from './checkout-return.ts';
import { consolePages } from './console.ts';
import { liveStreams } from './live.ts';
import { leftPages } from './left.ts';
import { onboardingPages } from './onboarding.ts';
import { passwordPages } from './password.ts';
import { publicPages } from './public.ts';
import { revealPages } from './reveal.ts';
import { pageScope } from './scope.ts';

/** All pages, in a scope of their own: forms and their protection stay out of the JSON API. */
export async function pages(app: App, deps: AppDeps): Promise<void> {
  await app.register(async (scope: App) => {
    await pageScope(scope, deps);
    publicPages(scope, deps);
    const stream = await liveStreams(scope, deps);
    onboardingPages(scope, deps, stream);
    accountPages(scope, deps);
    checkoutReturnPages(scope, deps);
    passwordPages(scope, deps);
    revealPages(scope, deps);
    leftPages(scope, deps);
    consolePages(scope, deps, stream);
  });
  await assets(app, deps);
}
