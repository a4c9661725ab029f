import { PARTS, type Finding, type Part } from './finding.ts';

/** 0: nothing is missing. 1: something is. 4: nothing was found missing, and something was not answered. */
export const EXIT = { well: 0, missing: 1, unknown: 4 } as const;

const count = (findings: readonly Finding[], state: Finding['state']): number =>
  findings.filter((finding) => finding.state === state).length;

export function exitCodeOf(findings: readonly Finding[]): number {
  if (count(findings, 'missing') > 0) return EXIT.missing;
  return findings.some(({ state, standIn }) => state === 'cannot tell' && standIn !== true) ? EXIT.unknown : EXIT.well;
}

const STATE_WIDTH = 'cannot tell'.length;

const linesOf = ({ state, check, found, trouble }: Finding, width: number): string[] => [
  `  ${state.padEnd(STATE_WIDTH)}  ${check.padEnd(width)}  ${found}`,
  ...(trouble ? [`      for customers: ${trouble.means}`, `      remedy: ${trouble.remedy}`] : []),
];

function summary(findings: readonly Finding[]): string {
  const [lacking, untold] = [count(findings, 'missing'), count(findings, 'cannot tell')];
  const summary = lacking === 0 ? 'Nothing is missing' : `${String(lacking)} missing`;
  return `${summary}${untold === 0 ? '' : `, ${String(untold)} not known`}.`;
}

/** The report for a terminal. `titles` says of a part where it was asked. */
export function reportText(findings: readonly Finding[], titles: Readonly<Partial<Record<Part, string>>>): string {
  const width = Math.max(...findings.map(({ check }) => check.length));
  const sections = PARTS.flatMap((part) => {
    const own = findings.filter((finding) => finding.part === part);
    if (own.length === 0) return [];
    const title = titles[part];
    return [
      `${part}${title === undefined ? '' : `: ${title}`}`,
      ...own.flatMap((finding) => linesOf(finding, width)),
      '',
    ];
  });
  return [...sections, summary(findings)].join('\n');
}
