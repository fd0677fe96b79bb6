/** Makes the table agree with one conversation. @module */

import { reason } from "../domain/errors.ts";
import type { Issue } from "../domain/issue.ts";
import {
  ConflictError,
  type Head,
  type HeadState,
  type Store,
} from "../store/store.ts";
import {
  type Fate,
  notStored,
  type Outcome,
  uncertainThread,
} from "./outcome.ts";
import { planConversation } from "./plan.ts";
import { type Pending, settle } from "./settle.ts";
import {
  type Candidate,
  digestOf,
  filled,
  isOlder,
  isStored,
  metadataOf,
  prepare,
  type Work,
} from "./work.ts";

/** How often a conversation is planned anew after another run changed it in between. */
const MOST_CONFLICTS = 5;

/** The rules of a run for its conversations. */
export interface ApplyRules {
  /** Whether a conversation older than what is stored replaces it; otherwise it is skipped. */
  readonly allowOlder?: boolean;
  /** Asked before the rows of a conversation are deleted, with their number; all are allowed unless given. */
  readonly mayDelete?: (rows: number) => boolean;
}

/**
 * Puts what is new or changed, then deletes what left the thread, then puts the head: at no instant does
 * the head claim rows that are not there. Does not throw: a failing store ends in the outcome.
 *
 * @param head The conversation's head as just read.
 */
export async function applyConversation(
  candidate: Candidate,
  head: Head | undefined,
  store: Store,
  rules: ApplyRules = {},
): Promise<Outcome> {
  const applied = await putConversation(candidate, head, store, rules);
  if (!("deletes" in applied)) return applied;
  const allowed = rules.mayDelete?.(applied.deletes.length) ?? true;
  return await settle(applied, store, allowed ? "delete" : "limit");
}

/** The first half of {@linkcode applyConversation}: all of it where nothing is to be deleted. */
export async function putConversation(
  candidate: Candidate,
  head: Head | undefined,
  store: Store,
  rules: ApplyRules = {},
): Promise<Outcome | Pending> {
  const work = prepare(candidate);
  if (isStored(work, head)) return same(work);
  const { id, updateTime } = candidate.conversation;
  if (!rules.allowOlder && isOlder(updateTime, head?.metadata?.updateTime)) {
    return outcome(work, "older", { skipped: work.size });
  }
  for (let conflicts = 0;; conflicts++) {
    try {
      return await bringIntoStep(work, head, store);
    } catch (error) {
      if (!(error instanceof ConflictError) || conflicts === MOST_CONFLICTS) {
        return failure(work, error);
      }
    }
    try {
      head = (await store.heads([id])).get(id);
    } catch (error) {
      return failure(work, error);
    }
  }
}

/** The outcome of a conversation that could not even be tried. */
export function untried(candidate: Candidate, error: Error): Outcome {
  return failure(prepare(candidate), error);
}

/** The outcome of a conversation that is stored as it is. */
function same(work: Work): Outcome {
  work.storedRows = work.size;
  return outcome(work, "unchanged", { unchanged: work.size });
}

async function bringIntoStep(
  work: Work,
  head: Head | undefined,
  store: Store,
): Promise<Outcome | Pending> {
  const { conversation, layout } = work;
  const { acknowledged, offThreadIds, source } = work;
  const stored = await store.rows(conversation.id);
  work.storedRows = stored.size;
  const rows = await filled(work, stored, store);
  const { thread, branches } = rows;
  const metadata = metadataOf(work, head);
  const digest = digestOf(metadata, rows, layout);
  const isFilled = rows !== work.rows;
  if (isFilled && work.complete && head?.digest === digest) return same(work);
  const plan = planConversation(thread, stored, {
    layout,
    withholdDeletes: !work.complete,
    gap: work.gap,
    branches,
    offThreadIds,
  });
  // Of a thread that is a guess, what is stored beside it may be the rest.
  const guessed = work.complete ? plan.withheld.length : 0;
  const complete = work.complete && guessed === 0;
  const { counts, puts, deletes } = plan;
  const fates = [
    ...plan.kept.map((messageId) => ({ messageId, fate: "kept" as const })),
    ...plan.withheld.map((messageId) => ({
      messageId,
      fate: "withheld" as const,
    })),
  ].map((one) => ({ conversationId: conversation.id, ...one }));
  const rest = {
    withheld: plan.withheld.length,
    kept: plan.kept.length,
    fates,
    issues: guessed === 0
      ? []
      : [uncertainThread(conversation.id, guessed, work.gap)],
  };
  // What is stored of it stays as it was: nothing that may be written differs, and the rest is not known.
  const still = puts.length === 0 && deletes.length === 0;
  if (still && !complete && head !== undefined) {
    return outcome(work, "unchanged", counts, rest);
  }
  const state = (lost: number): HeadState => ({
    digest: complete && lost === 0 ? digest : undefined,
    messageCount: thread.length - lost + plan.keptOnThread,
    layout,
    kept: plan.kept.length,
    ...(source && { source }),
  });
  const known = head !== undefined || stored.size > 0;
  // Only of a run that did not come to its end.
  const strays = known && head?.digest === undefined
    ? await store.strays(conversation.id, stored)
    : [];
  const changes = { puts, deletes: [], layout, stored, strays };
  if (puts.length > 0 && deletes.length === 0) {
    const done = await store.commit(metadata, state(0), changes, head);
    if (done !== undefined) {
      acknowledged.put += done.put;
      return outcome(work, known ? "changed" : "new", counts, rest);
    }
  }
  const begun = puts.length > 0
    ? await store.begin(conversation.id, head)
    : head;
  const written = await store.write(conversation.id, changes);
  acknowledged.put += written.put;
  if (written.error !== undefined) {
    return failure(work, written.error, {
      unchanged: counts.unchanged,
      failed: puts.length,
    });
  }
  const { rejected } = written;
  const lost = thread.filter(({ message }) =>
    rejected.some(({ messageId }) => messageId === message.id)
  );
  const rejectedNew =
    rejected.filter((row) => !stored.has(row.messageId)).length;
  // Of a conversation that is not all there, nothing is deleted.
  const waits = rejected.length === 0 ? deletes : [];
  const done = outcome(
    work,
    rejected.length > 0 ? "failed" : known ? "changed" : "new",
    {
      new: counts.new - rejectedNew,
      changed: counts.changed - (rejected.length - rejectedNew),
      unchanged: counts.unchanged,
      failed: rejected.length,
    },
    {
      ...rest,
      withheld: rest.withheld + deletes.length - waits.length,
      issues: [
        ...rest.issues,
        ...rejected.map((row) =>
          notStored(conversation.id, row.reason, row.messageId)
        ),
      ],
    },
  );
  if (waits.length === 0) {
    await store.finish(metadata, state(lost.length), begun);
    return done;
  }
  return {
    conversationId: conversation.id,
    deletes: waits,
    stored: new Map(waits.map((id) => [id, stored.get(id)!])),
    edited: plan.edited,
    storedRows: stored.size,
    metadata,
    state: state(0),
    head: begun,
    begun: puts.length > 0,
    outcome: done,
  };
}

function outcome(
  { conversation, acknowledged, storedRows }: Work,
  result: Exclude<Outcome["result"], "absent" | "pruned">,
  messages: Partial<Outcome["messages"]>,
  rest: {
    withheld?: number;
    kept?: number;
    fates?: readonly Fate[];
    issues?: readonly Issue[];
    error?: Error;
  } = {},
): Outcome {
  return {
    conversationId: conversation.id,
    result,
    messages: {
      new: 0,
      changed: 0,
      unchanged: 0,
      skipped: 0,
      failed: 0,
      ...messages,
    },
    rows: {
      ...acknowledged,
      deleted: 0,
      edited: 0,
      absent: 0,
      withheld: rest.withheld ?? 0,
      kept: rest.kept ?? 0,
    },
    storedRows,
    fates: rest.fates ?? [],
    issues: rest.issues ?? [],
    ...(rest.error && { error: rest.error }),
  };
}

function failure(
  work: Work,
  thrown: unknown,
  messages?: Partial<Outcome["messages"]>,
): Outcome {
  const error = thrown instanceof Error ? thrown : new Error(reason(thrown));
  const issues = [notStored(work.conversation.id, error.message)];
  return outcome(work, "failed", messages ?? { failed: work.size }, {
    issues,
    error,
  });
}
