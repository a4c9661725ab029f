import { setTimeout as delay } from 'node:timers/promises';
import type { SignedUp } from '../support/lifecycle.ts';
import { EVERYTHING, effectsOf } from '../support/lifecycle-cells.ts';
import { disagreements, mailsGoneWrong, untilAtRest } from './support/accounted.ts';
import { Lanes } from './support/lanes.ts';

const CUSTOMERS = 3;
const KILLS = 5;

const lanes = new Lanes();
beforeAll(() => lanes.open(1));
afterAll(() => lanes.close());

test('killed -9 again and again at any moment, nobody is lost or needs a person: ledger and workflow agree, each mail once', () =>
  lanes.in(async ({ harness, worker }) => {
    const customers: SignedUp[] = [];
    for (let one = 0; one < CUSTOMERS; one += 1) customers.push(await harness.signUp());
    for (let kill = 0; kill < KILLS; kill += 1) {
      // Any moment will do: what must hold holds at every one.
      await delay(500 + Math.random() * 2_500);
      worker.kill();
    }
    for (const customer of customers) {
      const { customerId } = customer;
      expect(await untilAtRest(harness, customerId)).toBe('trial');
      expect(await disagreements(harness, customerId)).toEqual([]);
      expect(await effectsOf(harness, customerId)).toEqual(EVERYTHING);
      expect(await mailsGoneWrong(harness, customer)).toEqual([]);
    }
  }));
