import type { Narrator } from '../narrator.ts';
import type { World } from '../world.ts';

export interface Stage {
  readonly world: World;
  readonly narrator: Narrator;
  /** The state folder of what runs. */
  readonly home: string;
}

export type Story = (stage: Stage) => Promise<void>;
