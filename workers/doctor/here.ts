import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { loadCliConfig, loadRunningConfig, surveyServices, type Survey } from '../../infra/config.ts';
import { readJson } from '../../infra/files.ts';
import type { RunInfo } from '../../infra/local-platform/supervisor/state-folder.ts';
import { arranged } from '../../infra/local-platform/supervisor/arrangement.ts';
import { environments } from '../../infra/local-platform/supervisor/environment.ts';
import { findEngines } from '../../infra/local-platform/engines/find.ts';
import type { Service } from './examine.ts';

export interface Here {
  readonly survey: Survey;
  /** The state folder of what `npm start` runs on this machine; undefined when nothing runs. */
  readonly home: string | undefined;
}

/** What a process sees of the settings of another. */
const NOTHING = { config: {}, wrong: [] };
const limited = (survey: Survey, only: Service | undefined): Survey => ({
  api: only === undefined || only === 'api' ? survey.api : NOTHING,
  lifecycle: only === undefined || only === 'lifecycle-worker' ? survey.lifecycle : NOTHING,
  provisioning: only === undefined || only === 'provisioning-worker' ? survey.provisioning : NOTHING,
});

/**
 * The settings to check: those that `npm start` made for each process, if it runs on this machine; otherwise those of
 * this process.
 * @throws ConfigError when `npm start` would refuse them
 */
export async function readHere(only?: Service): Promise<Here> {
  const { home } = loadCliConfig();
  const runFile = join(home, 'run.json');
  if (!existsSync(runFile)) return { survey: limited(surveyServices(), only), home: undefined };
  const { products } = (await readJson<RunInfo>(runFile)) ?? { products: [] };
  const settled = await arranged(loadRunningConfig(products.map(({ product }) => product)));
  const survey = surveyServices(environments(settled, await findEngines({ ways: [] })));
  return { survey: limited(survey, only), home };
}
