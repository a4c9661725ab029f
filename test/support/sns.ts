import { createSign, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { createSnsTopic, type SnsTopic } from '../../api/webhooks/sns-topic.ts';

const pem = (name: string): string =>
  readFileSync(fileURLToPath(new URL(`../fixtures/sns/${name}.pem`, import.meta.url)), 'utf8');

export const TOPIC_ARN = 'arn:aws:sns:eu-central-1:123456789012:mails';
const SIGNED = ['Message', 'MessageId', 'Subject', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'] as const;
const NOTIFIED = SIGNED.filter((name) => name !== 'Token');

type Message = Readonly<Record<string, string>>;

/** Stands in for Amazon SNS: serves a real certificate over https, and signs messages with its key. */
export class LocalSns {
  topic!: SnsTopic;
  url = '';
  /** The requests it got. */
  readonly asked: string[] = [];
  /** Whether every answer is an error. */
  isAway = false;
  private server!: Server;

  static async start(): Promise<LocalSns> {
    const sns = new LocalSns();
    setDefaultCACertificates([...getCACertificates('default'), pem('ca')]);
    sns.server = createServer({ key: pem('server.key'), cert: pem('server') }, ({ url = '' }, response) => {
      sns.asked.push(url);
      response.writeHead(sns.isAway ? 500 : 200).end(pem('server'));
    });
    await once(sns.server.listen(0, 'localhost'), 'listening');
    const host = `localhost:${String((sns.server.address() as AddressInfo).port)}`;
    sns.url = `https://${host}`;
    sns.topic = createSnsTopic(TOPIC_ARN, host);
    return sns;
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  certificate(name = '0123456789abcdef'): string {
    return `${this.url}/SimpleNotificationService-${name}.pem`;
  }

  /** A message as SNS posts it. */
  message(change: Message = {}, version: '1' | '2' = '1'): Message {
    const message: Message = {
      ...{ Type: 'Notification', MessageId: randomUUID(), TopicArn: TOPIC_ARN, Message: 'Hello.' },
      ...{ Timestamp: '2026-12-24T00:00:00.000Z', SignatureVersion: version, SigningCertURL: this.certificate() },
      ...change,
    };
    const signer = createSign(version === '1' ? 'RSA-SHA1' : 'RSA-SHA256');
    for (const name of message['Type'] === 'Notification' ? NOTIFIED : SIGNED)
      if (message[name] !== undefined) signer.update(`${name}\n${message[name]}\n`);
    return { ...message, Signature: signer.sign(pem('server.key'), 'base64') };
  }

  /** An event of SES about a mail, as its configuration set publishes it: with addresses, which must not be stored. */
  event(eventType: string, emailId: string, more: object = {}): Message {
    const mail = {
      ...{ messageId: `0107-${emailId}`, source: 'noreply@tenure.example', destination: ['canary-mail@example.com'] },
      tags: { 'ses:configuration-set': ['events'], tenure_email: [emailId] },
    };
    return this.message({ Message: JSON.stringify({ eventType, mail, ...more }) });
  }

  confirmation(change: Message = {}): Message {
    const query = new URLSearchParams({ Action: 'ConfirmSubscription', TopicArn: TOPIC_ARN, Token: 'abc' });
    return this.message({
      ...{ Type: 'SubscriptionConfirmation', Token: 'abc', SubscribeURL: `${this.url}/?${query.toString()}` },
      ...change,
    });
  }
}
