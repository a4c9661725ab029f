import { randomUUID } from 'node:crypto';
import { readJson, writeJson } from '../../files.ts';

export interface Person {
  readonly sub: string;
  readonly email: string;
  readonly givenName: string;
  readonly familyName: string;
}

/** Who has signed up at the issuer, kept in a file. */
export class People {
  readonly #file: string;
  readonly #bySub: Map<string, Person>;

  private constructor(file: string, all: readonly Person[]) {
    this.#file = file;
    this.#bySub = new Map(all.map((person) => [person.sub, person]));
  }

  static async open(file: string): Promise<People> {
    return new People(file, (await readJson<readonly Person[]>(file)) ?? []);
  }

  get all(): readonly Person[] {
    return [...this.#bySub.values()];
  }

  find(sub: string): Person | undefined {
    return this.#bySub.get(sub);
  }

  /** @returns whether there was one */
  async remove(sub: string): Promise<boolean> {
    if (!this.#bySub.delete(sub)) return false;
    await writeJson(this.#file, this.all, 0o600);
    return true;
  }

  async add(given: Omit<Person, 'sub'>): Promise<Person> {
    const person = { ...given, sub: randomUUID() };
    this.#bySub.set(person.sub, person);
    await writeJson(this.#file, this.all, 0o600);
    return person;
  }
}
