/** Makes the table agree with a stream of conversations. @module */

import type { Head, Store } from "../store/store.ts";
import { reason } from "../domain/errors.ts";
import {
  applyConversation,
  type ApplyRules,
  type Candidate,
  type Outcome,
  untried,
} from "./apply.ts";

export type { Candidate, Outcome } from "./apply.ts";

/** Heads that one request reads. */
const MOST_IN_WINDOW = 100;
/** Characters of content held at a time, so that memory stays flat whatever the export's size. */
const MOST_CHARACTERS = 8 * 2 ** 20;
/** Conversations written at a time. More gains nothing: local engines write one at a time, and AWS limits capacity. */
const CONCURRENCY = 8;
/** So many conversations failing one after the other mean that the store, not a conversation, is at fault. */
const MOST_FAILURES = 3;

/** Thrown by {@linkcode ingest} after the outcomes of all it took: the store fails, so going on is pointless. */
export class StoreFailedError extends Error {
  override readonly name = "StoreFailedError";
}

/** Options of {@linkcode ingest}. */
export interface IngestOptions {
  /** Whether a conversation older than what is stored replaces it; otherwise it is skipped. */
  readonly allowOlder?: boolean;
  /** The most rows that the run deletes; a conversation that would go past it keeps all of its rows. */
  readonly maxDeletes?: number;
  /** Ends the run after the conversations being written. */
  readonly signal?: AbortSignal;
}

/**
 * Brings the table into step with each conversation, in the order in which they come but for those
 * written side by side, and yields what became of each: one outcome a candidate taken.
 *
 * @throws {StoreFailedError} When the store fails for good. The candidates taken so far have had their outcomes.
 */
export async function* ingest(
  candidates: AsyncIterable<Candidate>,
  store: Store,
  { allowOlder = false, maxDeletes = Infinity, signal }: IngestOptions = {},
): AsyncGenerator<Outcome> {
  let deletesLeft = maxDeletes;
  const rules: ApplyRules = {
    allowOlder,
    mayDelete: (rows) => {
      if (rows > deletesLeft) return false;
      deletesLeft -= rows;
      return true;
    },
  };
  for await (const window of windows(candidates)) {
    let heads: Map<string, Head>;
    try {
      heads = await store.heads(
        window.map(({ conversation }) => conversation.id),
      );
    } catch (error) {
      const failed = new StoreFailedError(reason(error), { cause: error });
      yield* window.map((candidate) => untried(candidate, failed));
      throw failed;
    }
    let failures = 0;
    let last: Error | undefined;
    const apply = async (candidate: Candidate) => {
      if (
        last !== undefined && (failures >= MOST_FAILURES || signal?.aborted)
      ) return untried(candidate, last);
      if (signal?.aborted) return untried(candidate, new Error("interrupted"));
      const outcome = await applyConversation(
        candidate,
        heads.get(candidate.conversation.id),
        store,
        rules,
      );
      failures = outcome.error === undefined ? 0 : failures + 1;
      last = outcome.error;
      return outcome;
    };
    yield* sideBySide(window, apply);
    if (last !== undefined && failures >= MOST_FAILURES) {
      throw new StoreFailedError(last.message, { cause: last });
    }
    if (signal?.aborted) return;
  }
}

/**
 * Groups of candidates that fit one read of heads and the memory, with no conversation twice in a group.
 * When the candidates end in an error, those that came before it are yielded first.
 */
async function* windows(
  candidates: AsyncIterable<Candidate>,
): AsyncGenerator<Candidate[]> {
  let window = new Map<string, Candidate>();
  let characters = 0;
  let failure: { readonly error: unknown } | undefined;
  try {
    for await (const candidate of candidates) {
      const { id, messages, branches = [] } = candidate.conversation;
      const full = window.size === MOST_IN_WINDOW ||
        characters >= MOST_CHARACTERS;
      if (full || window.has(id)) {
        yield [...window.values()];
        window = new Map();
        characters = 0;
      }
      window.set(id, candidate);
      for (const message of messages) characters += message.content.length;
      for (const message of branches) characters += message.content.length;
    }
  } catch (error) {
    failure = { error };
  }
  if (window.size > 0) yield [...window.values()];
  if (failure !== undefined) throw failure.error;
}

/** Runs the work on all items, some at a time, and yields the results as they come. */
async function* sideBySide<T, R>(
  items: readonly T[],
  work: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const waiting = items.values();
  const running = new Map<number, Promise<{ key: number; result: R }>>();
  let key = 0;
  for (;;) {
    while (running.size < CONCURRENCY) {
      const next = waiting.next();
      if (next.done) break;
      const mine = key++;
      running.set(
        mine,
        work(next.value).then((result) => ({ key: mine, result })),
      );
    }
    if (running.size === 0) return;
    const settled = await Promise.race(running.values());
    running.delete(settled.key);
    yield settled.result;
  }
}
