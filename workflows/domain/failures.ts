import { failedSteps, stateOf, type StepStates } from './steps.ts';
import { DIAGNOSES, type Diagnosis } from './diagnoses.ts';

const UNKNOWN: Diagnosis = {
  cause: 'Tenure has no explanation for an error of this type: it is not one of those that it expects.',
  suggestedFix:
    "Look for the type in the worker's log and in the run in the Temporal Web UI. Correct the cause, then replay the onboarding or repeat the command.",
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
