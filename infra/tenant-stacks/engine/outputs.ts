import * as pulumi from '@pulumi/pulumi';
import type { PulumiFn } from '@pulumi/pulumi/automation/index.js';
import type { TenantOutputs } from '../spec.ts';
import type { TenantProgram } from '../target.ts';

/** A program, and what it has put out. Kept on its way: asking the CLI would take a third of an operation's time. */
export class ProgramWithOutputs {
  readonly run: PulumiFn;
  #outputs: TenantOutputs | undefined;

  /** @param own - what the product has there of its own */
  constructor(program: TenantProgram, own: () => void) {
    this.run = async () => {
      own();
      const { instanceUrl, namespace } = await program();
      pulumi.all([instanceUrl, namespace]).apply((known) => {
        this.#outputs = { instanceUrl: known[0], namespace: known[1] };
      });
      return { instanceUrl, namespace };
    };
  }

  /** Undefined until everything that they come from is made; a preview may never know them. */
  get outputs(): TenantOutputs | undefined {
    return this.#outputs;
  }
}
