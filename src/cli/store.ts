/** What `sync` and `ingest` share: records in, a table in step. @module */

import type { ConversationRecord } from "../domain/conversation.ts";
import type { ExitCode } from "../domain/errors.ts";
import type { Fate } from "../ingest/mod.ts";
import { recognize } from "../ingest/recognize.ts";
import type { ParseOptions } from "../parse/mod.ts";
import type { Recognize } from "../parse/recognize.ts";
import { renderCapacity, renderFates } from "../render/report.ts";
import type { Capacity } from "../store/capacity.ts";
import type { Store } from "../store/store.ts";
import { sync, type SyncOptions, type SyncReport } from "../sync/mod.ts";
import type { Command, PruneFlag, RuleFlags } from "./command.ts";
import { journalFile, type Settings, settings } from "./config.ts";
import { follow, inputsOr, type Read, readAhead } from "./input.ts";
import { present } from "./present.ts";
import type { Session } from "./run.ts";
import { openTarget } from "./target.ts";

/** A command that writes conversations to a table. */
export type StoreCommand = Extract<Command, { kind: "sync" | "ingest" }>;

/** Where such a command takes its conversations from. */
export interface Source {
  /** The input when the command line names none. */
  readonly fallback: string;
  readonly read: (
    inputs: readonly string[],
    options: {
      signal: AbortSignal;
      onProgress: (read: Read) => void;
      recognize: ParseOptions["recognize"];
    },
  ) => AsyncGenerator<ConversationRecord>;
}

/** Rows that a run deletes at the most unless told otherwise: a day of edits is far below, a mishap far above. */
export const MOST_DELETES = { rows: 1_000 } as const;

/** Brings the table into step with what the source yields. */
export async function store(
  command: StoreCommand,
  session: Session,
  { fallback, read }: Source,
): Promise<ExitCode> {
  const { console, env, signal } = session;
  const inputs = await inputsOr(command.inputs, fallback);
  const chosen = settings(command, env);
  const progress = follow(console);
  // The first conversation is read before the table is opened.
  const opened: { store?: Store } = {};
  await using source = read(inputs, {
    signal,
    onProgress: progress.onRead,
    recognize: () => recognizer(opened.store),
  });
  const records = await readAhead(source);
  await using target = await openTarget(chosen, session);
  await using run = await target.begin({
    ...command,
    command: command.kind,
    journal: journalFile(command.journal, chosen, env),
  });
  opened.store = run.store;
  const report = await sync(records, run.store, {
    signal: run.signal,
    onProgress: progress.onCount,
    ...rulesOf(command),
  });
  run.end(report);
  return present(console, report, {
    command: command.kind,
    run: run.id,
    inputs,
    target: chosen.target,
    table: chosen.table,
    ...told(report, run.capacity, chosen),
    success: "The table is in step",
  });
}

/** Looks conversations up in a store, as soon as there is one. */
export function recognizer(store: Store | undefined): Recognize | undefined {
  return store && ((unread) => recognize(unread, store));
}

/** The rules of a run, as the command line says. */
export function rulesOf(
  command: RuleFlags & Partial<PruneFlag>,
): SyncOptions {
  return {
    allowOlder: command.allowOlder,
    allowOtherAccount: command.allowOtherAccount,
    explain: command.explain,
    prune: command.prune ?? false,
    maxDeletes: command.maxDelete ?? MOST_DELETES,
  };
}

/** What is told of a run beside its ledger. */
export function told(
  { fates }: SyncReport,
  { consumed, predicted }: Capacity,
  { target }: Settings,
): { fates?: readonly Fate[]; detail: readonly string[]; capacity: object } {
  const capacity = { ...consumed, predictedWrite: predicted };
  return {
    ...(fates && { fates }),
    detail: [
      // An engine on this machine charges nothing.
      ...(target.kind === "embedded" ? [] : [renderCapacity(capacity)]),
      ...(fates ? [renderFates(fates)] : []),
    ],
    capacity,
  };
}
