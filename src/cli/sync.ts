/** `chatkeep sync`: an export in, a table in step. @module */

import type { ConversationRecord } from "../domain/conversation.ts";
import type { ExitCode } from "../domain/errors.ts";
import { parseExport } from "../parse/mod.ts";
import { sync as runSync } from "../sync/mod.ts";
import type { Command } from "./args.ts";
import { settings } from "./config.ts";
import { follow, INPUT, inputOr, readAhead } from "./input.ts";
import { present } from "./present.ts";
import type { Session } from "./run.ts";
import { openTarget } from "./target.ts";

/** Rows that a run deletes at the most unless told otherwise: a day of edits is far below, a mishap far above. */
const MOST_DELETES = 1_000;

/** Reads the export and brings the table into step with it. */
export async function sync(
  command: Extract<Command, { kind: "sync" | "ingest" }>,
  session: Session,
): Promise<ExitCode> {
  const input = await inputOr(command.input, INPUT.export);
  const progress = follow(session.console);
  await using records = parseExport(input, {
    signal: session.signal,
    onProgress: progress.onRead,
  });
  return await store(command, session, {
    input,
    records,
    onCount: progress.onCount,
  });
}

/** Brings the table into step with the records, whatever they come from. */
export async function store(
  command: Extract<Command, { kind: "sync" | "ingest" }>,
  { console, env, signal }: Session,
  source: {
    readonly input: string;
    readonly records: AsyncGenerator<ConversationRecord>;
    readonly onCount: ReturnType<typeof follow>["onCount"];
  },
): Promise<ExitCode> {
  const chosen = settings(command, env);
  const records = await readAhead(source.records);
  await using target = await openTarget(chosen, { console, env, signal });
  const report = await runSync(records, await target.store(), {
    signal,
    onProgress: source.onCount,
    allowOlder: command.allowOlder,
    maxDeletes: command.maxDelete ?? MOST_DELETES,
  });
  return present(console, report, {
    command: command.kind,
    input: source.input,
    target: chosen.target,
    table: chosen.table,
    success: "The table is in step",
  });
}
