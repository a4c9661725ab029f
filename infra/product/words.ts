/** One part of a legal text, as plain text. */
export interface LegalSection {
  readonly heading?: string;
  readonly paragraphs: readonly string[];
}

/** What a product says itself where Tenure has words of its own. What is left out stays as Tenure says it. */
export interface Words {
  /** To who signs up, over the API but for the first. */
  readonly signup?: {
    /** On the page, below its heading. */
    readonly promise?: string;
    readonly message?: string;
    /** Until their instance is ready. */
    readonly estimatedTime?: string;
    readonly nextSteps?: readonly string[];
  };
  /** What its customers call their instance in the legal texts, such as `landing zone`. */
  readonly instance?: string;
  /** What the document of the API at /docs begins with. */
  readonly api?: string;
  /** The pages /terms and /privacy. */
  readonly legal?: {
    readonly terms?: readonly LegalSection[];
    readonly privacy?: readonly LegalSection[];
  };
}

const isBlank = (text: string): boolean => text.trim() === '';

function* ofText(at: string, text: string | undefined): Generator<string> {
  if (text !== undefined && isBlank(text)) yield `${at} is empty. Leave it out to keep Tenure's text.`;
}

function* ofSections(at: string, sections: readonly LegalSection[]): Generator<string> {
  if (sections.length === 0) yield `${at} is empty. Leave it out to keep Tenure's text.`;
  for (const [index, { paragraphs }] of sections.entries())
    if (paragraphs.length === 0 || paragraphs.some(isBlank))
      yield `${at}[${String(index)}].paragraphs: each needs some text.`;
}

/** What is wrong with a product's words. */
export function* problemsOfWords({ signup = {}, legal = {}, api, instance }: Words): Generator<string> {
  const { promise, message, estimatedTime, nextSteps = [] } = signup;
  for (const [name, text] of Object.entries({ promise, message, estimatedTime }))
    yield* ofText(`words.signup.${name}`, text);
  yield* ofText('words.api', api);
  yield* ofText('words.instance', instance);
  if (nextSteps.some(isBlank)) yield 'words.signup.nextSteps: each needs some text.';
  if (legal.terms) yield* ofSections('words.legal.terms', legal.terms);
  if (legal.privacy) yield* ofSections('words.legal.privacy', legal.privacy);
}
