/** Makes the table agree with one conversation. @module */

import type { Conversation } from "../domain/conversation.ts";
import { conversationDigest, messageDigest } from "../domain/digest.ts";
import { reason } from "../domain/errors.ts";
import type { Issue } from "../domain/issue.ts";
import {
  ConflictError,
  type Head,
  type MessageRow,
  type Store,
} from "../store/store.ts";
import { planConversation } from "./plan.ts";

/** How often a conversation is planned anew after another run changed it in between. */
const MOST_CONFLICTS = 5;

/** A conversation to ingest. */
export interface Candidate {
  readonly conversation: Conversation;
  /** Whether all of it could be read. If not, nothing of it is deleted and it does not count as complete. */
  readonly complete: boolean;
}

/** What became of one conversation; every message of its thread is in one of the four counts. */
export interface Outcome {
  readonly conversationId: string;
  readonly result: "new" | "changed" | "unchanged" | "failed";
  readonly messages: {
    readonly new: number;
    readonly changed: number;
    readonly unchanged: number;
    readonly failed: number;
  };
  /** Rows that the store acknowledged, and stored messages kept although they left the thread. */
  readonly rows: {
    readonly put: number;
    readonly deleted: number;
    readonly withheld: number;
  };
  readonly issues: readonly Issue[];
  /** The failure of the store that ended it, if one did. */
  readonly error?: Error;
}

/** A candidate with what it is compared by, and the rows acknowledged so far. */
interface Work extends Candidate {
  readonly thread: readonly MessageRow[];
  readonly digest: string;
  readonly acknowledged: { put: number; deleted: number };
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
): Promise<Outcome> {
  const work = prepare(candidate);
  if (candidate.complete && head?.digest === work.digest) {
    return outcome(work, "unchanged", { unchanged: work.thread.length });
  }
  const { id } = candidate.conversation;
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

function prepare(candidate: Candidate): Work {
  const { conversation } = candidate;
  const thread = conversation.messages.map((message) => ({
    message,
    digest: messageDigest(message),
  }));
  const digest = conversationDigest(
    conversation,
    thread.map((row) => row.digest),
  );
  return { ...candidate, thread, digest, acknowledged: { put: 0, deleted: 0 } };
}

async function bringIntoStep(
  work: Work,
  head: Head | undefined,
  store: Store,
): Promise<Outcome> {
  const { conversation, complete, thread, digest, acknowledged } = work;
  const stored = await store.rows(conversation.id);
  const plan = planConversation(thread, stored, { withholdDeletes: !complete });
  const { counts } = plan;
  const moves = plan.puts.length + plan.deletes.length > 0;
  // What is stored of it stays as it was: nothing that was read differs, and the rest is not known.
  if (!moves && !complete && head !== undefined) {
    return outcome(work, "unchanged", counts, {
      withheld: plan.withheld.length,
    });
  }
  const begun = moves ? await store.begin(conversation.id, head) : head;
  const written = await store.write(conversation.id, plan);
  acknowledged.put += written.put;
  acknowledged.deleted += written.deleted;
  if (written.error !== undefined) {
    return failure(work, written.error, {
      unchanged: counts.unchanged,
      failed: plan.puts.length,
    });
  }
  const { rejected } = written;
  const whole = complete && rejected.length === 0;
  await store.finish(conversation, whole ? digest : undefined, begun);
  const rejectedNew =
    rejected.filter((row) => !stored.has(row.messageId)).length;
  const known = head !== undefined || stored.size > 0;
  return outcome(
    work,
    rejected.length > 0 ? "failed" : known ? "changed" : "new",
    {
      new: counts.new - rejectedNew,
      changed: counts.changed - (rejected.length - rejectedNew),
      unchanged: counts.unchanged,
      failed: rejected.length,
    },
    {
      withheld: plan.withheld.length + plan.deletes.length - written.deleted,
      issues: rejected.map((row) =>
        notStored(conversation.id, row.reason, row.messageId)
      ),
    },
  );
}

function outcome(
  { conversation, acknowledged }: Work,
  result: Outcome["result"],
  messages: Partial<Outcome["messages"]>,
  rest: { withheld?: number; issues?: readonly Issue[]; error?: Error } = {},
): Outcome {
  return {
    conversationId: conversation.id,
    result,
    messages: { new: 0, changed: 0, unchanged: 0, failed: 0, ...messages },
    rows: { ...acknowledged, withheld: rest.withheld ?? 0 },
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
  return outcome(work, "failed", messages ?? { failed: work.thread.length }, {
    issues,
    error,
  });
}

function notStored(
  conversationId: string,
  message: string,
  messageId?: string,
): Issue {
  const where = messageId === undefined ? "table" : "table row";
  return {
    code: "not-stored",
    where,
    message,
    conversationId,
    ...(messageId !== undefined && { messageId }),
  };
}
