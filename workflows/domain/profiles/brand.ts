/** How a product shows itself: on its pages, in its mails, in Stripe. */
export interface Brand {
  readonly name: string;
  /** Of buttons and links, as `#rrggbb`. White text must be readable on it. */
  readonly colour?: string;
  /** An SVG or PNG file beside `product.ts`, such as `logo.svg`. The name stands beside it. */
  readonly logo?: string;
}

const LONGEST_NAME = 60;
const COLOUR = /^#[0-9a-f]{6}$/i;
/** WCAG 2.2, 1.4.3: the least contrast of text. */
export const READABLE = 4.5;

type Rgb = readonly [red: number, green: number, blue: number];

const CHANNELS = [1, 3, 5] as const;
const rgbOf = (colour: string): Rgb =>
  CHANNELS.map((at) => Number.parseInt(colour.slice(at, at + 2), 16)) as unknown as Rgb;

/** As WCAG 2.2 defines it. */
function luminance(colour: string): number {
  const [red, green, blue] = rgbOf(colour).map((channel) => {
    const share = channel / 255;
    return share <= 0.040_45 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as unknown as Rgb;
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** From 1, the same, to 21, black and white. */
export function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

/** So much of the way from the colour to the other. */
export function mixed(colour: string, other: string, share: number): string {
  const to = rgbOf(other);
  const channels = rgbOf(colour).map((from, index) => Math.round(from + ((to[index] ?? from) - from) * share));
  return `#${channels.map((channel) => channel.toString(16).padStart(2, '0')).join('')}`;
}

function* ofColour(colour: string): Generator<string> {
  if (!COLOUR.test(colour)) {
    yield 'brand.colour must be # and six digits, like #0b5fa5.';
    return;
  }
  const ratio = contrast(colour, '#ffffff');
  if (ratio < READABLE)
    yield `brand.colour: white text on ${colour} has a contrast of ${ratio.toFixed(1)}, and needs ${String(READABLE)}. Use a darker one.`;
}

/** What is wrong with it; whether there is such a file is for those to see who read it. */
export function* problemsOfBrand({ name, colour, logo }: Brand): Generator<string> {
  if (name.trim() === '' || name.length > LONGEST_NAME || /\p{Cc}/u.test(name))
    yield `brand.name must be one line of at most ${String(LONGEST_NAME)} characters. Customers read it everywhere.`;
  if (colour !== undefined) yield* ofColour(colour);
  if (logo !== undefined && !/\.(svg|png)$/.test(logo))
    yield 'brand.logo must be the name of an .svg or .png file beside product.ts.';
}
