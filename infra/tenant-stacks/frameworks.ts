import { FRAMEWORK_NAMES } from './aws-landing-zone/guardrails.ts';

/** The compliance frameworks that a target has guardrails for. */
const GUARDRAILS: Readonly<Record<string, readonly string[]>> = { 'aws-landing-zone': FRAMEWORK_NAMES };

export const frameworksWithGuardrails = (target: string): readonly string[] => GUARDRAILS[target] ?? [];
