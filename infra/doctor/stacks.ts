import type { Answer } from './answer.ts';
import { conclude, missing, ok, unknown, type Finding } from './finding.ts';

export interface BackendFacts {
  /** What the backend calls itself; undefined when it has not been marked. */
  readonly identity: string | undefined;
  /** What Postgres says the stacks' backend is called; undefined before the first stack. */
  readonly recorded: Answer<string | undefined>;
}

/** Whether Pulumi's backend is there, and the one that the stacks are in. */
export const backendFindings = (answer: Answer<BackendFacts>, address: string): Finding[] =>
  conclude(
    {
      part: 'Instances',
      about: "Pulumi's backend",
      silence: {
        means: 'every onboarding waits at "stack", and no instance can be changed or removed',
        remedy: `see whether PULUMI_BACKEND_URL is right and ${address} is reached from here, then run the doctor again`,
      },
      refusal: {
        state: 'missing',
        means: 'every onboarding waits at "stack", and no instance can be changed or removed',
        remedy: `let the provisioning worker's user read and write ${address}`,
      },
      checks: [
        {
          check: "Pulumi's backend",
          look: ({ identity, recorded }) => {
            if (!('told' in recorded))
              return unknown(`${address} is there; Postgres does not say whether it is the right one`);
            if (recorded.told === undefined) return ok(`${address}, not used yet`);
            return identity === recorded.told
              ? ok(`${address}, the one that the stacks are in`)
              : missing(`${address} is not the one that the stacks are in`);
          },
          means:
            'the state of every instance is missing there: the provisioning worker does not start, and nothing is recreated',
          remedy: 'set PULUMI_BACKEND_URL back, or restore the backend with its file tenure-backend.json',
        },
      ],
    },
    answer,
  );
