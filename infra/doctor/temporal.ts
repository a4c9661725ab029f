import type { Answer } from './answer.ts';
import { conclude, missing, ok, okIf, type Check, type Finding } from './finding.ts';
import { howTo } from '../program-file.ts';

export interface TemporalFacts {
  /** How many days the namespace keeps closed workflows; undefined when there is no such namespace. */
  readonly namespace: Answer<{ readonly keptDays: number } | undefined>;
  /** Types of its search attributes, by name. */
  readonly attributes: Answer<Readonly<Record<string, string>>>;
}

export interface TemporalExpected {
  readonly address: string;
  readonly namespace: string;
  readonly keptDays: number;
  readonly attributes: Readonly<Record<string, string>>;
}

const CREATE = `"${howTo('migrate', '--create-namespace')}" (Temporal Cloud: Namespaces > Create Namespace)`;

const silenceOf = ({ address }: TemporalExpected) => ({
  means: 'signups are accepted and wait; nobody is provisioned, reminded or charged until it is back',
  remedy: `see whether ${address} is right and reached from here: "temporal operator cluster health --address ${address}"; then run the doctor again`,
});

const namespaceChecks = (expected: TemporalExpected): readonly Check<{ readonly keptDays: number } | undefined>[] => [
  {
    check: 'namespace',
    look: (found) =>
      okIf(found !== undefined, `${expected.namespace} at ${expected.address}`, `${expected.namespace} does not exist`),
    means: 'no worker starts: signups are accepted and wait',
    remedy: `correct TEMPORAL_NAMESPACE, or ${CREATE}`,
  },
];

const retentionChecks = ({
  keptDays,
  namespace,
}: TemporalExpected): readonly Check<{ readonly keptDays: number }>[] => [
  {
    check: 'retention',
    look: ({ keptDays: days }) =>
      okIf(days >= keptDays, `${String(days)} days`, `${String(days)} days, where ${String(keptDays)} are needed`),
    means: 'the history of what went wrong with a customer is gone before support looks at it',
    remedy: `"${howTo('migrate')}", or "temporal operator namespace update --namespace ${namespace} --retention ${String(keptDays)}d" (Temporal Cloud: the namespace > Edit > Retention)`,
  },
];

const attributeChecks = ({
  attributes,
  namespace,
}: TemporalExpected): readonly Check<Readonly<Record<string, string>>>[] =>
  Object.entries(attributes).map(([name, type]) => ({
    check: `search attribute ${name}`,
    look: (known) => {
      const found = known[name];
      if (found === undefined) return missing('does not exist');
      return found === type ? ok(type) : missing(`is ${found}, and ${type} is needed`);
    },
    means: "customers' workflows fail their tasks: onboardings do not progress",
    remedy: `"${howTo('migrate')}", or "temporal operator search-attribute create --namespace ${namespace} --name ${name} --type ${type}" (Temporal Cloud: the namespace > Search Attributes); one of a wrong type is removed or renamed first`,
  }));

/** What Temporal has and lacks. */
export function temporalFindings({ namespace, attributes }: TemporalFacts, expected: TemporalExpected): Finding[] {
  const silence = silenceOf(expected);
  const found = conclude(
    {
      ...{ part: 'Temporal', about: 'server', silence, checks: namespaceChecks(expected) },
      refusal: {
        state: 'missing',
        means: silence.means,
        remedy: 'set TEMPORAL_API_KEY, or TEMPORAL_TLS_CERT and TEMPORAL_TLS_KEY, to ones that this namespace takes',
      },
    },
    namespace,
  );
  if (!('told' in namespace) || namespace.told === undefined) return found;
  const attributesTopic = {
    ...({ part: 'Temporal', about: 'search attributes', silence, checks: attributeChecks(expected) } as const),
    refusal: {
      state: 'cannot tell',
      means: "without them customers' workflows fail their tasks",
      remedy: `this key may not list them: look in Temporal Cloud, the namespace > Search Attributes, for ${Object.entries(
        expected.attributes,
      )
        .map(([name, type]) => `${name} (${type})`)
        .join(', ')}`,
    } as const,
  };
  return [
    ...found,
    ...conclude(
      { ...attributesTopic, about: 'retention', checks: retentionChecks(expected) },
      { told: namespace.told },
    ),
    ...conclude(attributesTopic, attributes),
  ];
}
