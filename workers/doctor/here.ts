import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { loadCliConfig, loadPlatformConfig, surveyServices, type Survey } from '../../infra/config.ts';
import { arranged } from '../../infra/embedded/supervisor/arrangement.ts';
import { environments } from '../../infra/embedded/supervisor/environment.ts';
import { findEngines } from '../../infra/engines/find.ts';

export interface Here {
  readonly survey: Survey;
  /** The state folder of what `npm start` runs here; undefined where nothing does. */
  readonly home: string | undefined;
}

/**
 * The settings to look at: those of what `npm start` runs on this machine, as it made them for each process; without
 * that, those that this process itself was given.
 * @throws ConfigError when `npm start` would refuse the settings given.
 */
export async function readHere(): Promise<Here> {
  const { home } = loadCliConfig();
  if (!existsSync(join(home, 'run.json'))) return { survey: surveyServices(), home: undefined };
  const settled = await arranged(loadPlatformConfig());
  return { survey: surveyServices(environments(settled, await findEngines({ ways: [] }))), home };
}
