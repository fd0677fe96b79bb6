/** One whole run: records of an export in, a table in step and a balanced ledger out. @module */

import type { ConversationRecord } from "../domain/conversation.ts";
import { joinShapes, shapeOf } from "../domain/drift.ts";
import { EXIT, type ExitCode, reason, UserError } from "../domain/errors.ts";
import type { Inventory } from "../domain/inventory.ts";
import type { Issue } from "../domain/issue.ts";
import { assertBalanced, emptyLedger, type Ledger } from "../domain/ledger.ts";
import {
  type Candidate,
  type DeleteLimit,
  type Fate,
  ingest,
  type Outcome,
  type PruneRules,
  StoreFailedError,
} from "../ingest/mod.ts";
import type { Store } from "../store/store.ts";
import { type Admitted, candidateOf, Intake, nothingRead } from "./intake.ts";

/** What a run did, and how it ended. */
export interface SyncReport {
  readonly ledger: Ledger;
  /** What was found in the export. */
  readonly inventory: Inventory;
  readonly issues: readonly Issue[];
  /** What became of stored messages that are not on the thread, where it was asked for. */
  readonly fates?: readonly Fate[];
  /** How many messages would have been deleted, where that is more than the limit and so none was. */
  readonly overLimit?: number;
  readonly exitCode: ExitCode;
  /** Why the run ended before all was read and stored, if it did. */
  readonly error?: Error;
}

/** Options of {@linkcode sync}. */
export interface SyncOptions {
  /** Whether a conversation older than what is stored replaces it; otherwise it is skipped. */
  readonly allowOlder?: boolean;
  /** The most rows that the run deletes; a run that would delete more deletes none. */
  readonly maxDeletes?: DeleteLimit;
  /** Whether the export may be of another account than those before it. */
  readonly allowOtherAccount?: boolean;
  /** Whether conversations that are stored, but not in the export, are deleted, where that is certain. */
  readonly prune?: boolean;
  /** Whether the report is to list what became of each stored message that is not on the thread. */
  readonly explain?: boolean;
  /** Ends the run: what is being written is finished or dropped, and the report says what was done. */
  readonly signal?: AbortSignal;
  /** Called after each conversation with the ledger so far. */
  readonly onProgress?: (ledger: Ledger) => void;
}

/**
 * Brings the table into step with the records.
 *
 * Does not throw for a failing source or store: the report holds the error beside what was done until then.
 *
 * @throws {Error} When the ledger does not add up, which is a bug.
 */
export async function sync(
  records: AsyncIterable<ConversationRecord>,
  store: Store,
  { onProgress, allowOtherAccount = false, explain, prune, ...options }:
    SyncOptions = {},
): Promise<SyncReport> {
  const { signal } = options;
  const ledger = emptyLedger();
  const intake = new Intake(ledger);
  const issues: Issue[] = [];
  const fates: Fate[] = [];
  const pending = { conversations: 0, messages: 0 };
  let overLimit = 0;
  let recognized = 0;
  let storeFailed = false;
  let error: Error | undefined;
  try {
    const admitted = intake.admit(records, (messages) => {
      recognized += messages;
      ledger.conversations.unchanged++;
      ledger.messages.unchanged += messages;
      onProgress?.(ledger);
    });
    const candidates = toCandidates(admitted, pending, {
      signal,
      admit: accountGuard(store, allowOtherAccount),
    });
    const outcomes = ingest(candidates, store, {
      ...options,
      otherRows: () => recognized,
      prune: prune ? () => pruneRules(intake, store, issues) : undefined,
    });
    for await (const outcome of outcomes) {
      count(outcome, ledger, pending);
      if (outcome.issues.some(isOverLimit)) {
        overLimit += outcome.rows.withheld;
      }
      if (explain) fates.push(...outcome.fates);
      // What an interrupt cut off is counted, but the interrupt itself tells why.
      if (!signal?.aborted) issues.push(...outcome.issues);
      onProgress?.(ledger);
    }
    if (ledger.conversations.read === 0) {
      error = nothingRead(intake.issues);
    } else if (!signal?.aborted) await remember(intake, store);
  } catch (thrown) {
    error = thrown instanceof Error ? thrown : new Error(reason(thrown));
    storeFailed = error instanceof StoreFailedError;
    // What a person can mend says so itself.
    if (error.cause instanceof UserError) error = error.cause;
  }
  // What ends a run from outside may be more than an interrupt.
  if (signal?.reason instanceof UserError) error = signal.reason;
  // Read, but not reached before the run ended.
  ledger.conversations.failed += pending.conversations;
  ledger.messages.failed += pending.messages;
  assertBalanced(ledger, error);
  const all = [...intake.issues, ...issues];
  const code = exitCode(error, all, signal);
  const { new: added, changed, unchanged } = ledger.conversations;
  // A store that fails on the way leaves a part undone; one that takes nothing at all has failed.
  const partly = storeFailed && added + changed + unchanged > 0;
  return {
    ledger,
    inventory: intake.inventory,
    issues: all,
    ...(explain && { fates }),
    ...(overLimit > 0 && { overLimit }),
    exitCode: code === EXIT.error && partly ? EXIT.incomplete : code,
    ...(error && { error }),
  };
}

/**
 * What may be deleted since it is not in the export. Nothing where anything could not be read, or where the
 * export does not say whose it is.
 */
async function pruneRules(
  intake: Intake,
  store: Store,
  issues: Issue[],
): Promise<PruneRules | undefined> {
  const { ownerId } = intake.inventory;
  const refuse = (why: string) => {
    const message =
      `conversations that are not in it stay in the table: ${why}`;
    issues.push({ code: "not-pruned", where: "export", message });
    return undefined;
  };
  if (intake.issues.length > 0) return refuse("not all of it could be read");
  if (ownerId === undefined) return refuse("it does not say whose it is");
  const accounts = await store.accounts();
  const alone = accounts.every((account) => account === ownerId);
  return { present: intake.ids, ownerId, alone };
}

/** Stores what the export looked like, where it says whose it is and looks different from the last one. */
async function remember(
  { inventory, same }: Intake,
  store: Store,
): Promise<void> {
  const { ownerId } = inventory;
  if (ownerId === undefined) return;
  const last = await store.lastExport(ownerId);
  const found = shapeOf(inventory);
  const shape = same > 0 && last !== undefined
    ? joinShapes(last, found)
    : found;
  if (JSON.stringify(last) !== JSON.stringify(shape)) {
    await store.saveExport(ownerId, shape);
  }
}

/** Read, but without an outcome yet. */
interface Pending {
  conversations: number;
  messages: number;
}

/**
 * Refuses the conversations of an account, if the table has those of another only; notes it before the first
 * of them is written, so that the table knows whose it is whenever the run ends.
 *
 * @throws {UserError} When it refuses.
 */
function accountGuard(
  store: Store,
  allowOther: boolean,
): (ownerId: string) => Promise<void> {
  const allowed = new Set<string>();
  return async (ownerId) => {
    if (allowed.has(ownerId)) return;
    const accounts = await store.accounts();
    const known = accounts.includes(ownerId);
    if (accounts.length > 0 && !known && !allowOther) {
      throw new UserError(
        "This export is of another account than the conversations in the table",
        {
          hint:
            "Give another table with --table, or --allow-other-account to have both in one",
        },
      );
    }
    if (!known) await store.saveExport(ownerId);
    allowed.add(ownerId);
  };
}

async function* toCandidates(
  records: AsyncIterable<Admitted>,
  pending: Pending,
  { signal, admit }: {
    readonly signal: AbortSignal | undefined;
    readonly admit: (ownerId: string) => Promise<void>;
  },
): AsyncGenerator<Candidate> {
  for await (const record of records) {
    const { conversation } = record;
    pending.conversations++;
    pending.messages += conversation.messages.length +
      (conversation.branches?.length ?? 0);
    if (conversation.ownerId !== undefined) await admit(conversation.ownerId);
    yield candidateOf(record);
    if (signal?.aborted) return;
  }
}

function count(
  { result, messages, rows }: Outcome,
  ledger: Ledger,
  pending: Pending,
): void {
  if (result === "pruned") ledger.pruned++;
  else if (result !== "absent") {
    ledger.conversations[result === "older" ? "skipped" : result]++;
    if (result === "older") ledger.older++;
    pending.conversations--;
  }
  for (
    const bucket of [
      "new",
      "changed",
      "unchanged",
      "skipped",
      "failed",
    ] as const
  ) {
    ledger.messages[bucket] += messages[bucket];
    pending.messages -= messages[bucket];
  }
  for (
    const kind of [
      "put",
      "deleted",
      "edited",
      "absent",
      "withheld",
      "kept",
    ] as const
  ) {
    ledger.rows[kind] += rows[kind];
  }
}

function exitCode(
  error: Error | undefined,
  issues: readonly Issue[],
  signal: AbortSignal | undefined,
): ExitCode {
  if (signal?.aborted && !(signal.reason instanceof UserError)) {
    return EXIT.interrupted;
  }
  if (error !== undefined) {
    return error instanceof UserError ? error.code : EXIT.error;
  }
  if (issues.some(isOverLimit)) return EXIT.deleteLimit;
  return issues.length > 0 ? EXIT.incomplete : EXIT.ok;
}

function isOverLimit({ code }: Issue): boolean {
  return code === "delete-limit";
}
