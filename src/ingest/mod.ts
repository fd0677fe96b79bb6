/** Makes the table agree with a stream of conversations. @module */

import type { Head, Store } from "../store/store.ts";
import { reason, UserError } from "../domain/errors.ts";
import { type ApplyRules, putConversation, untried } from "./apply.ts";
import type { Candidate } from "./work.ts";
import type { Outcome } from "./outcome.ts";
import { type Pending, settle } from "./settle.ts";
import {
  type Absent,
  findAbsent,
  prune as pruneOne,
  type PruneRules,
} from "./prune.ts";

export type { PruneRules } from "./prune.ts";
export type { Candidate } from "./work.ts";
export type { Fate, Outcome } from "./outcome.ts";

/** Heads that one request reads. */
const MOST_IN_WINDOW = 100;
/** Characters of content held at a time, so that memory stays flat whatever the export's size. */
const MOST_CHARACTERS = 2 * 2 ** 20;
/** Conversations written at a time. More gains nothing: local engines write one at a time, and AWS limits capacity. */
const CONCURRENCY = 8;
/** So many conversations failing one after the other mean that the store, not a conversation, is at fault. */
const MOST_FAILURES = 3;

/** Thrown by {@linkcode ingest} after the outcomes of all it took: the store fails, so going on is pointless. */
export class StoreFailedError extends Error {
  override readonly name = "StoreFailedError";
}

/** A limit on deletes. */
export type DeleteLimit =
  | { readonly rows: number }
  /** Of a hundred. */
  | { readonly percent: number };

/** Options of {@linkcode ingest}. */
export interface IngestOptions {
  /** Whether a conversation older than what is stored replaces it; otherwise it is skipped. */
  readonly allowOlder?: boolean;
  /**
   * The most rows that the run deletes, by number or as a part of those that its conversations had before;
   * a run that would delete more deletes none.
   */
  readonly maxDeletes?: DeleteLimit;
  /** Asked at the end: rows of conversations that were no candidates since they are stored as they are. */
  readonly otherRows?: () => number;
  /**
   * Asked when all candidates are done and none of them failed: which stored conversations are to be deleted
   * since they are none of them, if any.
   */
  readonly prune?: (() => Promise<PruneRules | undefined>) | undefined;
  /** Ends the run after the conversations being written. */
  readonly signal?: AbortSignal;
}

/**
 * Brings the table into step with each conversation. Deletes come at the very end, when it is known how many
 * there are; until then a conversation that waits for them does not count as complete.
 *
 * Conversations are written in the order in which they come but for those
 * written side by side, and yields what became of each: one outcome a candidate taken.
 *
 * @throws {StoreFailedError} When the store fails for good. The candidates taken so far have had their outcomes.
 */
export async function* ingest(
  candidates: AsyncIterable<Candidate>,
  store: Store,
  { allowOlder = false, maxDeletes, otherRows, prune, signal }: IngestOptions =
    {},
): AsyncGenerator<Outcome> {
  const rules: ApplyRules = { allowOlder };
  const pending = new Map<string, Pending>();
  let storedRows = 0;
  let failed = false;
  // Whoever stops listening, and every error, leaves the deletes undone.
  let ended = false;
  try {
    for await (const window of windows(candidates)) {
      for (const { conversation: { id } } of window) {
        const earlier = pending.get(id);
        if (earlier === undefined) continue;
        pending.delete(id);
        yield await settle(earlier, store, "later");
      }
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
      const failures = new Failures();
      const apply = async (candidate: Candidate) => {
        const stop = failures.stop ??
          (signal?.aborted ? new Error("interrupted") : undefined);
        if (stop !== undefined) return untried(candidate, stop);
        const head = heads.get(candidate.conversation.id);
        const applied = await putConversation(candidate, head, store, rules);
        failures.note(
          "deletes" in applied ? applied.outcome.error : applied.error,
        );
        return applied;
      };
      for await (const applied of sideBySide(window, apply)) {
        storedRows += applied.storedRows;
        failed ||= "deletes" in applied
          ? applied.outcome.result === "failed"
          : applied.result === "failed";
        if ("deletes" in applied) pending.set(applied.conversationId, applied);
        else yield applied;
      }
      failures.check();
      if (signal?.aborted) return;
    }
    ended = true;
  } finally {
    if (!ended) {
      for (const one of pending.values()) yield await settle(one, store, "end");
    }
  }
  const absent: Absent[] = [];
  const rulesOfPrune = failed ? undefined : await prune?.();
  if (rulesOfPrune !== undefined) {
    for await (const one of findAbsent(store, rulesOfPrune)) {
      absent.push(one);
      storedRows += one.stored.size;
      if (signal?.aborted) break;
    }
  }
  yield* deleteAll([...pending.values()], absent, store, {
    most: limitOf(maxDeletes, storedRows + (otherRows?.() ?? 0)),
    signal,
  });
}

/** Deletes what is to be deleted, all of it or, where that is more than allowed, none. */
async function* deleteAll(
  pending: readonly Pending[],
  absent: readonly Absent[],
  store: Store,
  { most, signal }: {
    readonly most: number;
    readonly signal: AbortSignal | undefined;
  },
): AsyncGenerator<Outcome> {
  const wanted = pending.reduce((sum, { deletes }) => sum + deletes.length, 0) +
    absent.reduce((sum, { stored }) => sum + stored.size, 0);
  const leave = wanted > most ? "limit" : "delete";
  const failures = new Failures();
  const outcomes = sideBySide([...pending, ...absent], async (one) => {
    const stopped = signal?.aborted || failures.stop !== undefined;
    const how = stopped ? "end" : leave;
    const outcome = "deletes" in one
      ? await settle(one, store, how)
      : await pruneOne(one, store, how);
    failures.note(outcome.error);
    return outcome;
  });
  if (leave === "delete") yield* outcomes;
  else {
    // The biggest losers first: they are what a person will want to look at.
    const held = await Array.fromAsync(outcomes);
    yield* held.sort((a, b) => b.rows.withheld - a.rows.withheld);
  }
  failures.check();
}

/** The rows that may be deleted. */
function limitOf(limit: DeleteLimit | undefined, storedRows: number): number {
  if (limit === undefined) return Infinity;
  return "rows" in limit
    ? limit.rows
    : Math.floor(storedRows * limit.percent / 100);
}

/** Failures one after the other. */
class Failures {
  #count = 0;
  #last: Error | undefined;

  note(error: Error | undefined): void {
    if (this.stop !== undefined) return;
    // What a person must mend fails for every conversation alike.
    const more = error instanceof UserError ? MOST_FAILURES : 1;
    this.#count = error === undefined ? 0 : this.#count + more;
    this.#last = error;
  }

  /** Why nothing more is to be tried, if so. */
  get stop(): Error | undefined {
    return this.#count >= MOST_FAILURES ? this.#last : undefined;
  }

  /** @throws {StoreFailedError} When there have been too many. */
  check(): void {
    if (this.stop === undefined) return;
    throw new StoreFailedError(this.stop.message, { cause: this.stop });
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
