/** How secrets look between the Pulumi engine and a provider (`specialSigKey` and `specialSecretSig` of its protocol). */
const SIGNATURE_KEY = '4dabf18193072939515e22adb298388d';
const SECRET = '1b47061264138c4ac30d75fd1eb44270';
/** Stands for a value that is not known during a preview. */
const UNKNOWN = '04da6b54-80e4-46f7-96ec-b56ff0331ba9';

export type Properties = Readonly<Record<string, unknown>>;

const isSecret = (value: unknown): value is { value: unknown } =>
  typeof value === 'object' && value !== null && (value as Properties)[SIGNATURE_KEY] === SECRET;

const unwrapValue = (value: unknown): unknown => (isSecret(value) ? value.value : value);

/** Top level only: our resources take flat inputs. */
export const unwrap = (properties: Properties): Properties =>
  Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, unwrapValue(value)]));

/** Marks the named properties so that the engine encrypts them in its state. */
export const wrap = (properties: Properties, secrets: readonly string[]): Properties =>
  Object.fromEntries(
    Object.entries(properties).map(([key, value]) =>
      secrets.includes(key) && value !== undefined ? [key, { [SIGNATURE_KEY]: SECRET, value }] : [key, value],
    ),
  );

export const isUnknown = (value: unknown): boolean => value === UNKNOWN;
