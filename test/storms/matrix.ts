import { parseArgs } from 'node:util';
import pLimit from 'p-limit';
import { Journey } from '../e2e/support/journey.ts';
import { arm, callOf, FAULTS, NAMES_NOBODY, ONCE_AN_ACCOUNT, wasMet, type FaultName } from './matrix/faults.ts';
import { accounts, against, leftovers, wrongOfUsual, type Account } from './matrix/judge.ts';
import { Life } from './matrix/life.ts';
import { LIVES } from './matrix/stages.ts';

/*
 * Whole lives on what `npm start` runs, each with one fault on one call to Stripe in one part of the life; then checks
 * that each ended like a life without a fault: in Stripe's events, in the inbox, in Postgres and Temporal. The calls
 * are recorded from lives without a fault. Every tenth cell has a real instance. A
 * tool and not a test, because it takes a quarter of an hour:
 *   npm run matrix -- [--call 'POST /v1/subscriptions'] [--stage conversion] [--fault 'lost answer'] [--all] [--at-once 24]
 */
const { values } = parseArgs({
  options: {
    call: { type: 'string' },
    stage: { type: 'string' },
    fault: { type: 'string' },
    all: { type: 'boolean', default: false },
    'at-once': { type: 'string', default: '24' },
  },
});
const faultNames = (Object.keys(FAULTS) as FaultName[]).filter((name) => (values.fault ?? name) === name);

interface Row {
  readonly kind: string;
  readonly stage: string;
  readonly call: string;
}

interface Cell extends Row {
  readonly fault: FaultName;
  readonly life: Life;
}

/** One in so many cells has a real instance; the other lives have none. */
const EVERY = 10;
const READY_MAIL = 'mail: Your instance is ready';
const journey = new Journey();

type AtStage = (stage: string) => Promise<void>;

async function live(life: Life, kind: string, before: AtStage, after: AtStage): Promise<void> {
  for (const [stage, run] of Object.entries(LIVES[kind] ?? {})) {
    await before(stage);
    try {
      await run(life);
    } catch (error) {
      const { customerId } = life;
      const explained = await journey.support.explain(customerId).catch(() => undefined);
      life.wrong.push(`${stage}: ${(error as Error).message} ${JSON.stringify(explained)}`);
      return;
    }
    await after(stage);
  }
}

/** A life without a fault, and the calls each of its parts made. */
async function record(kind: string): Promise<{ readonly life: Life; readonly rows: readonly Row[] }> {
  const life = new Life(journey, false);
  const rows: Row[] = [];
  let seen = (await journey.stripeRequests()).length;
  const skip = async (): Promise<void> => {
    seen = (await journey.stripeRequests()).length;
  };
  await live(life, kind, skip, async (stage) => {
    const calls = (await journey.stripeRequests()).slice(seen).map(callOf);
    rows.push(...[...new Set(calls)].map((call) => ({ kind, stage, call })));
  });
  return { life, rows };
}

/** A write in every part of a life that makes it. Reads are alike: only in the first part, unless all are wanted. */
const isNew = (row: Row, rows: readonly Row[]): boolean =>
  !rows.some(
    ({ call, stage }) => call === row.call && (stage === row.stage || (!values.all && row.call.startsWith('GET '))),
  );

const isWanted = ({ call, stage }: Row): boolean => (values.call ?? call) === call && (values.stage ?? stage) === stage;

interface Aim {
  /** Undefined for any caller. */
  readonly about: string | undefined;
  /** Called when the faulted part of the life is over. */
  readonly over?: (nothing: undefined) => void;
}

async function liveThrough(cell: Cell, { about, over }: Aim): Promise<void> {
  const { kind, stage, call, fault, life } = cell;
  const armed = { ...FAULTS[fault], match: call, ...(about !== undefined && { about }) };
  const before = async (next: string): Promise<void> => {
    if (next === stage) await arm(journey, armed);
  };
  await live(life, kind, before, (ended) => {
    if (ended === stage) over?.(undefined);
    return Promise.resolve();
  });
  over?.(undefined);
  // Not earlier: work started by a part of the life may call Stripe after that part.
  life.check(await wasMet(journey, armed), 'the fault was not met');
  tellTrouble(cell);
}

/** Printed immediately for a person who watches; the rest is known when all lives are over. */
function tellTrouble({ stage, call, fault, life }: Cell): void {
  if (life.wrong.length > 0) console.log(`${stage}: ${call} · ${fault} · ${life.wrong.join('; ')}`);
}

function show(cells: readonly Cell[], rows: readonly Row[]): void {
  const table = rows.map(({ stage, call, kind }) => {
    const across = faultNames.map((fault) => {
      const cell = cells.find(
        (one) => one.kind === kind && one.stage === stage && one.call === call && one.fault === fault,
      );
      return [fault, cell === undefined ? '-' : cell.life.wrong.length === 0 ? 'ok' : 'WRONG'] as const;
    });
    return [`${stage}: ${call}`, Object.fromEntries(across)] as const;
  });
  console.table(Object.fromEntries(table));
  for (const { stage, call, fault, life } of cells)
    if (life.wrong.length > 0)
      console.log(`${stage}: ${call} · ${fault} · ${life.customerId}\n  ${life.wrong.join('\n  ')}`);
}

async function judge(cells: readonly Cell[], usualLives: ReadonlyMap<string, Life>): Promise<void> {
  const lives = [...usualLives.values(), ...cells.map(({ life }) => life)];
  const [account, left] = [await accounts(journey, lives), await leftovers(journey, lives)];
  const accountOf = (life: Life): Account => account.get(life) ?? {};
  for (const life of lives) life.wrong.push(...(left.get(life) ?? []));
  for (const [kind, life] of usualLives) life.wrong.push(...wrongOfUsual(kind, accountOf(life)));
  for (const { kind, life } of cells) {
    const usual = usualLives.get(kind);
    const more = life.withInstance ? { [READY_MAIL]: 1 } : {};
    if (usual) life.wrong.push(...against({ ...accountOf(usual), ...more }, accountOf(life)));
  }
}

await journey.start({ LOG_LEVEL: 'info' });
const began = Date.now();
try {
  const usualLives = new Map<string, Life>();
  const found: Row[] = [];
  for (const kind of Object.keys(LIVES)) {
    const recorded = await record(kind);
    usualLives.set(kind, recorded.life);
    for (const row of recorded.rows) if (row.call !== ONCE_AN_ACCOUNT && isNew(row, found)) found.push(row);
  }
  const rows = found.filter(isWanted);
  console.log(`${String(rows.length)} calls recorded after ${String(Math.round((Date.now() - began) / 1_000))} s`);
  const cells = rows.flatMap((row, down) =>
    faultNames.map((fault, across) => ({ ...row, fault, life: new Life(journey, (down + across) % EVERY === 0) })),
  );
  const isAlone = ({ call }: Cell) => NAMES_NOBODY.includes(call);
  const limit = pLimit(Number(values['at-once']));
  const lived: Promise<void>[] = [];
  // A fault on a list that names no customer hits any caller: nothing else begins until its part of the life is over.
  for (const fault of faultNames) {
    const same = cells.filter((cell) => isAlone(cell) && cell.fault === fault);
    const faulted = same.map((cell) => {
      const over = Promise.withResolvers<undefined>();
      lived.push(liveThrough(cell, { about: undefined, over: over.resolve }));
      return over.promise;
    });
    await Promise.all(faulted);
  }
  const others = cells.filter((cell) => !isAlone(cell));
  await Promise.all([...lived, ...others.map((cell) => limit(() => liveThrough(cell, { about: cell.life.mark })))]);
  await judge(cells, usualLives);
  show(cells, rows);
  const wrong = cells.filter(({ life }) => life.wrong.length > 0).length;
  const usualWrong = [...usualLives].flatMap(([kind, life]) => life.wrong.map((line) => `${kind}: ${line}`));
  const minutes = ((Date.now() - began) / 60_000).toFixed(1);
  console.log({
    cells: cells.length,
    wrong,
    usualWrong,
    minutes,
    withInstance: cells.filter(({ life }) => life.withInstance).length,
  });
  process.exitCode = wrong === 0 && usualWrong.length === 0 ? 0 : 1;
} finally {
  await journey.stop();
}
