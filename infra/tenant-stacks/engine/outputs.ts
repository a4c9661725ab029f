import * as pulumi from '@pulumi/pulumi';
import type { PulumiFn } from '@pulumi/pulumi/automation/index.js';
import type { TenantOutputs } from '../spec.ts';
import type { TenantProgram } from '../target.ts';

/** A program and its outputs, kept as they come: asking the CLI for them would take a third of an operation's time. */
export class ProgramWithOutputs {
  readonly run: PulumiFn;
  #outputs: TenantOutputs | undefined;

  /** @param own - declares the product's own resources */
  constructor(program: TenantProgram, own: () => void) {
    this.run = async () => {
      own();
      const outputs = await program();
      pulumi.output(outputs).apply((known) => {
        this.#outputs = known;
      });
      return outputs;
    };
  }

  /** Undefined until every resource they come from is made; in a preview they may never be known. */
  get outputs(): TenantOutputs | undefined {
    return this.#outputs;
  }
}
