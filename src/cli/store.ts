/** What `sync` and `ingest` share: records in, a table in step. @module */

import type { ConversationRecord } from "../domain/conversation.ts";
import type { ExitCode } from "../domain/errors.ts";
import { renderFates } from "../render/report.ts";
import { sync } from "../sync/mod.ts";
import type { Command } from "./args.ts";
import { settings } from "./config.ts";
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
    options: { signal: AbortSignal; onProgress: (read: Read) => void },
  ) => AsyncGenerator<ConversationRecord>;
}

/** Rows that a run deletes at the most unless told otherwise: a day of edits is far below, a mishap far above. */
const MOST_DELETES = { rows: 1_000 } as const;

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
  await using source = read(inputs, { signal, onProgress: progress.onRead });
  const records = await readAhead(source);
  await using target = await openTarget(chosen, session);
  const report = await sync(records, await target.store(), {
    signal,
    onProgress: progress.onCount,
    allowOlder: command.allowOlder,
    allowOtherAccount: command.allowOtherAccount,
    explain: command.explain,
    maxDeletes: command.maxDelete ?? MOST_DELETES,
  });
  return present(console, report, {
    command: command.kind,
    inputs,
    target: chosen.target,
    table: chosen.table,
    ...(report.fates && {
      fates: report.fates,
      detail: renderFates(report.fates),
    }),
    success: "The table is in step",
  });
}
