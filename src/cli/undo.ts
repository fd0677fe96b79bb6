/** `chatkeep undo`: puts the table back to what it was before a run. @module */

import { exists } from "@std/fs";
import { resolve } from "@std/path";
import { EXIT, type ExitCode, UserError } from "../domain/errors.ts";
import type { RunRecord } from "../domain/run.ts";
import { renderCapacity, renderIssues } from "../render/report.ts";
import { renderUndo, SHORT_ID } from "../render/runs.ts";
import { conversationOfPartition } from "../store/items.ts";
import type { Journal } from "../store/journal.ts";
import { deletesOf, restore } from "../store/undo.ts";
import { undo as undoRun } from "../sync/undo.ts";
import type { Command } from "./command.ts";
import { journalFile, settings } from "./config.ts";
import type { Session } from "./run.ts";
import { MOST_DELETES } from "./store.ts";
import { openTarget } from "./target.ts";

/** Undoes a run, conversation by conversation; those that moved since stay as they are. */
export async function undo(
  command: Extract<Command, { kind: "undo" }>,
  session: Session,
): Promise<ExitCode> {
  const { console, env } = session;
  const chosen = settings(command, env);
  const file = journalFile(command.journal, chosen, env);
  if (file === undefined || !await exists(file)) {
    throw new UserError(
      `There is no journal${file === undefined ? "" : ` "${file}"`}`,
      { hint: "Name the one that the run kept with --journal FILE" },
    );
  }
  // The run is looked for first: a name that means nothing must create nothing.
  const before = await findRun(file, command.run);
  const requireSame = (place: string) => {
    if (before.place === place && before.table === chosen.table) return;
    throw new UserError(
      `Run ${before.id} wrote to table "${before.table}" ${before.place}, not to this one`,
      {
        hint:
          "Give the same --target, --endpoint-url, --table or --data as then",
      },
    );
  };
  if (chosen.target.kind === "embedded") {
    requireSame(resolve(chosen.target.file));
  }
  await using target = await openTarget(chosen, session);
  requireSame(target.place);
  await using run = await target.begin({
    ...command,
    command: "undo",
    journal: file,
    undoes: before.id,
  });
  const journal = run.journal as Journal;
  const undone = undoneWith(before, journal.runs());
  const writer = { requests: run.store.requests, run: run.id, journal };
  const report = await undoRun({
    partitions: journal.partitions(before.id),
    sizeOf: (partition) => {
      const one = journal.before(before.id, partition);
      return { deletes: deletesOf(one), puts: one.items.length };
    },
    conversationOf: conversationOfPartition,
    restore: (partition) =>
      restore(journal.before(before.id, partition), undone, writer),
  }, {
    maxDeletes: command.maxDelete ?? MOST_DELETES,
    signal: run.signal,
    onProgress: (count) => console.progress(() => `${count} conversations`),
  });
  run.end(report);
  const { ledger, issues, exitCode, error } = report;
  if (issues.length > 0) console.warn(renderIssues(issues));
  const { consumed, predicted } = run.capacity;
  const capacity = { ...consumed, predictedWrite: predicted };
  const lines = [
    renderUndo(ledger),
    ...(chosen.target.kind === "embedded" ? [] : [renderCapacity(capacity)]),
    exitCode === EXIT.ok
      ? `Run ${before.id.slice(0, SHORT_ID)} is undone`
      : "Not all of it is undone",
  ];
  console.result(lines.join("\n"), {
    command: "undo",
    run: run.id,
    undoes: before.id,
    table: chosen.table,
    ledger,
    capacity,
    issues,
    exitCode,
    ...(error && { error: { message: error.message } }),
  });
  if (error !== undefined) {
    console.failure(
      error instanceof UserError
        ? error
        : new UserError(error.message, { cause: error }),
    );
  } else if (exitCode === EXIT.interrupted) {
    console.failure(new UserError("Interrupted", { code: exitCode }));
  }
  return exitCode;
}

/** @throws {UserError} When no run, or more than one, has an id that begins so. */
async function findRun(file: string, id: string): Promise<RunRecord> {
  const { Journal } = await import("../store/journal.ts");
  using journal = await Journal.open(file);
  const found = journal.runs().filter((run) => run.id.startsWith(id));
  const [first] = found;
  if (first === undefined || found.length > 1) {
    throw new UserError(
      `${
        found.length === 0 ? "No run" : "More than one run"
      } begins with "${id}"`,
      { hint: "See runs", code: EXIT.usage },
    );
  }
  return first;
}

/** The run, with those that began to undo it and were stopped. */
function undoneWith(
  { id }: RunRecord,
  runs: readonly RunRecord[],
): ReadonlySet<string> {
  const stopped = runs.filter((run) =>
    run.undoes === id && run.exitCode !== EXIT.ok
  );
  return new Set([id, ...stopped.map((run) => run.id)]);
}
