import { Type } from 'typebox';
import { Instant, Nullable } from './common.ts';

export const TimelineReply = Type.Object({
  timeline: Type.Array(
    Type.Object({
      at: Instant,
      kind: Type.String(),
      what: Type.String(),
      who: Type.String(),
      why: Nullable(Type.String()),
    }),
  ),
});

export const ExplainReply = Type.Object({
  phase: Type.String(),
  standing: Type.String(),
  because: Type.String(),
  waiting_for: Nullable(Type.String()),
  next: Type.Array(Type.Object({ at: Instant, what: Type.String() })),
  failures: Type.Array(
    Type.Object({
      step: Type.String(),
      error_type: Type.String(),
      cause: Type.String(),
      suggestedFix: Type.String(),
      replayMayHelp: Type.Boolean(),
    }),
  ),
});
