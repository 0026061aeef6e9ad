/** What members ask an authority and tell it beside consensus: of their own votes, and of who has contradicted itself. */
import { limits } from '../../core/limits.ts';
import type { Protocol } from '../peers/protocol.ts';
import { EVIDENCE_PROTOCOL, EVIDENCE_TOPIC, VOTE_REPORT_PROTOCOL } from '../peers/protocol-names.ts';
import { encodeAnswer } from './amnesia/vote-report.ts';
import type { Engine } from './engine.ts';
import type { EvidenceKeeper } from './evidence-keeper.ts';

export function engineProtocols(
  engine: Pick<Engine, 'reportVotes'>,
  evidence: Pick<EvidenceKeeper, 'answer' | 'receive'>,
): readonly Protocol[] {
  const costBytes = limits.rareAnswerCostBytes;
  return [
    {
      ...{ request: VOTE_REPORT_PROTOCOL, costBytes },
      answer: async (from) => encodeAnswer(await engine.reportVotes(from)),
    },
    { request: EVIDENCE_PROTOCOL, costBytes, answer: () => evidence.answer() },
    { topic: EVIDENCE_TOPIC, cost: 1, receive: (from, bytes) => evidence.receive(from, bytes) },
  ];
}
