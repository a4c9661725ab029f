import type { Access, Dated, Life, Standing } from './script.ts';

/** Writes down a life as it goes; what does not change is not written again. */
export class Diary implements Life {
  readonly standings: Standing[] = [];
  readonly mails: Dated<string>[] = [];
  readonly charges: Dated<number>[] = [];
  readonly refunds: Dated<number>[] = [];
  readonly licences: Dated<number>[] = [];
  readonly refused: number[] = [];
  private readonly told = new Set<string>();

  stand(at: number, phase: Standing['phase'], access: Access): void {
    const last = this.standings.at(-1);
    if (last?.phase !== phase || last.access !== access) this.standings.push({ at, phase, access });
  }

  /** Once for each `about`. */
  mail(at: number, template: string, about: number | string = ''): void {
    const key = `${template} ${String(about)}`;
    if (!this.told.has(key)) this.mails.push({ at, what: template });
    this.told.add(key);
  }

  license(at: number, until: number): void {
    if (this.licences.at(-1)?.what !== until) this.licences.push({ at, what: until });
  }
}
