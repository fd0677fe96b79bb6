/** `chatkeep apply`: does what a saved plan says, and nothing else. @module */

import { type ExitCode, UserError } from "../domain/errors.ts";
import { parseExport } from "../parse/mod.ts";
import { sync } from "../sync/mod.ts";
import type { Command } from "./command.ts";
import { journalFile } from "./config.ts";
import { follow } from "./input.ts";
import { rehearse } from "./plan.ts";
import { type PlanFile, readPlan } from "./plan_file.ts";
import { present } from "./present.ts";
import type { Session } from "./run.ts";
import { recognizer, told } from "./store.ts";
import { openTarget } from "./target.ts";

/** Makes the plan again, compares, and if nothing moved does it. */
export async function apply(
  command: Extract<Command, { kind: "apply" }>,
  session: Session,
): Promise<ExitCode> {
  const { console, env } = session;
  const plan = await readPlan(command.file);
  const { inputs, branches, settings: chosen, rules } = plan;
  await using target = await openTarget(chosen, session);
  await using run = await target.begin({
    ...command,
    command: "apply",
    journal: journalFile(command.journal, chosen, env),
  });
  const { signal } = run;
  const now = await rehearse(plan, target, { ...session, signal });
  const moved = signal.aborted ? undefined : difference(plan, now.changes);
  if (moved !== undefined) {
    run.end({ exitCode: moved.code, ledger: undefined });
    throw moved;
  }
  const progress = follow(console);
  const onProgress = progress.onRead;
  await using source = parseExport(inputs, {
    signal,
    onProgress,
    branches,
    recognize: () => recognizer(run.store),
  });
  const report = await sync(source, run.store, {
    ...rules,
    signal,
    onProgress: progress.onCount,
  });
  run.end(report);
  return present(console, report, {
    command: "apply",
    run: run.id,
    plan: command.file,
    inputs,
    target: chosen.target,
    table: chosen.table,
    ...told(report, run.capacity, chosen),
    success: "The plan is done, and the table in step",
  });
}

/** What is wrong when other things would be written than were planned. */
function difference(
  { changes: planned }: PlanFile,
  changes: PlanFile["changes"],
): UserError | undefined {
  const keys = new Set([...Object.keys(planned), ...Object.keys(changes)]);
  const moved = [...keys].filter((key) =>
    planned[key]?.digest !== changes[key]?.digest
  );
  return moved.length === 0 ? undefined : new UserError(
    `The export or the table changed since the plan was made: ${moved.length} of ${keys.size} changes are others now`,
    { hint: "Nothing was written; make a new plan" },
  );
}
