import {
  bootLogQuestion,
  REPLICA_QUESTIONS,
  type SamplesAnswer,
  type SamplesQuestion,
  samplesAnswer,
  samplesQuestion,
} from "@berth/domain";
import type { Deps } from "../deps.ts";
import { type Sample, samplesOf } from "../metrics/samples.ts";

/** Answers another replica, which has already authorized the caller. */
export async function answerReplica(deps: Deps, question: string, input: unknown): Promise<unknown> {
  switch (question) {
    case REPLICA_QUESTIONS.samples:
      return ownSamples(deps, samplesQuestion.parse(input));
    case REPLICA_QUESTIONS.bootLog: {
      const { backend, tailBytes, ...ref } = bootLogQuestion.parse(input);
      return deps.catalog.bootLog(backend, ref, tailBytes);
    }
    default:
      throw new Error(`Replicas do not ask ${question}.`);
  }
}

function ownSamples(deps: Deps, { workspaceId, last }: SamplesQuestion): SamplesAnswer {
  const samples = samplesOf(deps);
  const ids = workspaceId ? [workspaceId] : samples.workspaceIds;
  return Object.fromEntries(ids.map((id) => [id, samples.of(id).slice(-(last ?? Number.MAX_SAFE_INTEGER))]));
}

/** The samples of all live replicas, oldest first, because a daemon may have moved between replicas. */
export async function allSamples(deps: Deps, question: SamplesQuestion): Promise<Map<string, Sample[]>> {
  const answers = await deps.replicas.ask(REPLICA_QUESTIONS.samples, question);
  const merged = new Map<string, Sample[]>();
  for (const answer of [ownSamples(deps, question), ...answers.map((each) => samplesAnswer.parse(each))]) {
    for (const [id, samples] of Object.entries(answer)) merged.set(id, [...(merged.get(id) ?? []), ...samples]);
  }
  for (const samples of merged.values()) samples.sort((left, right) => left.atMs - right.atMs);
  return merged;
}
