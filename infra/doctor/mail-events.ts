import type { MailEvents } from '../config/types.ts';
import { missing, ok, okIf, type Check } from './finding.ts';

/** Where a configuration set publishes events. */
export interface EventDestination {
  readonly topicArn: string | undefined;
  readonly enabled: boolean;
  readonly types: readonly string[];
}

/** What SES has of the configuration set; null when there is none of that name. */
export type MailEventsFact = readonly EventDestination[] | null;

/** Those that say what became of a mail. */
const WANTED = ['send', 'delivery', 'bounce', 'complaint', 'reject'];

const IN_DOUBT = 'a mail whose answer was lost stays in doubt until a person looks';

/** Whether events of mails come to the API. */
export const mailEventsChecks = ({ configurationSet, topicArn }: MailEvents): readonly Check<MailEventsFact>[] => [
  {
    check: 'configuration set',
    look: (fact) =>
      okIf(fact !== null, `${configurationSet} exists`, `SES has no configuration set ${configurationSet}`),
    means: 'no mail goes out; all mails wait until it exists',
    remedy: `"aws ses create-configuration-set --configuration-set Name=${configurationSet}" makes it; or correct SES_CONFIGURATION_SET`,
  },
  {
    check: 'events',
    look: (fact) => {
      const here = (fact ?? []).filter((one) => one.enabled && one.topicArn === topicArn);
      if (here.length === 0) return missing(`none are published to ${topicArn}`);
      const lacking = WANTED.filter((type) => !here.some(({ types }) => types.includes(type)));
      return lacking.length === 0 ? ok('published to the topic') : missing(`not published: ${lacking.join(', ')}`);
    },
    means: IN_DOUBT,
    remedy: `AWS console > Amazon SES > Configuration sets > ${configurationSet} > Event destinations: the SNS topic, with ${WANTED.join(', ')}; or correct SES_EVENTS_TOPIC_ARN`,
  },
];
