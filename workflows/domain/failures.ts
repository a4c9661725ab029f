import { failedSteps, stateOf, type StepStates } from './steps.ts';
import { DIAGNOSES, type Diagnosis } from './diagnoses.ts';

const UNKNOWN: Diagnosis = {
  cause: 'The step failed for an unknown reason.',
  suggestedFix: 'Open the run in the Temporal Web UI, find the cause, then replay the onboarding or repeat the order.',
  replayMayHelp: true,
};

/** A failure of a product's own kind explains itself, as it was recorded. */
const EXPLAINED = { suggestedFix: 'Correct what it names, then replay.', replayMayHelp: true };

/** Types of failures that wait for something Tenure depends on. */
export const TRANSIENT_TYPES = Object.keys(DIAGNOSES).filter((type) => DIAGNOSES[type]?.waitsFor !== undefined);

/** Whether a failure of this type is waited out rather than counted. */
export const isTransient = (errorType: string): boolean => diagnose(errorType).waitsFor !== undefined;

/** Never fails: an unknown type gets an honest general answer. */
export const diagnose = (errorType: string, recorded: string | null = null): Diagnosis =>
  DIAGNOSES[errorType] ?? (recorded === null ? UNKNOWN : { ...EXPLAINED, cause: recorded });

/** One paragraph for each step that failed, for operators in the Web UI. */
export const failuresInWords = (steps: StepStates): string[] =>
  failedSteps(steps).map((step) => {
    const type = stateOf(steps, step).errorType ?? 'Unknown';
    const { cause, suggestedFix } = diagnose(type);
    return `**${step} failed** (${type}): ${cause} ${suggestedFix}`;
  });
