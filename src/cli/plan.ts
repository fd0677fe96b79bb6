/** `chatkeep plan`: what sync would do, and what it would cost, without a write. @module */

import { exists } from "@std/fs";
import { resolve } from "@std/path";
import { EXIT, type ExitCode, UserError } from "../domain/errors.ts";
import { parseExport } from "../parse/mod.ts";
import { renderFates, renderPrediction } from "../render/report.ts";
import { Capacity } from "../store/capacity.ts";
import { Rehearsal } from "../store/rehearsal.ts";
import type { Store } from "../store/store.ts";
import { sync, type SyncReport } from "../sync/mod.ts";
import type { Command } from "./command.ts";
import { type Settings, settings } from "./config.ts";
import { follow, INPUT, inputsOr, readAhead } from "./input.ts";
import { type PlanFile, savePlan } from "./plan_file.ts";
import { present } from "./present.ts";
import type { Session } from "./run.ts";
import { recognizer, rulesOf } from "./store.ts";
import type { OpenTarget, Rehearsed } from "./target.ts";

/** Goes through the run without writing, and tells what it would do. */
export async function plan(
  command: Extract<Command, { kind: "plan" }>,
  session: Session,
): Promise<ExitCode> {
  const { console, env } = session;
  const { output, branches } = command;
  const inputs = await inputsOr(command.inputs, INPUT.export);
  if (output !== undefined && inputs.includes("-")) {
    throw new UserError("A plan of standard input cannot be saved", {
      hint: "Give the path of the export, since apply reads it again",
      code: EXIT.usage,
    });
  }
  const chosen = absolute(settings(command, env));
  const rules = rulesOf(command);
  await using target = await openExisting(chosen, session);
  const what = { inputs, branches, rules };
  const { report, changes, units } = await rehearse(what, target, session);
  const { conversations, messages } = report.ledger;
  // Applying it reads everything once to compare, and once more to write.
  const total = { read: 2 * units.read, write: units.write };
  const nothing = Object.keys(changes).length === 0;
  const made: PlanFile = {
    chatkeep: "plan",
    version: 1,
    made: new Date().toISOString(),
    inputs: inputs.map((input) => input === "-" ? input : resolve(input)),
    branches,
    settings: chosen,
    rules,
    changes,
    units: total,
  };
  const usable = report.exitCode === EXIT.ok ||
    report.exitCode === EXIT.incomplete ||
    report.exitCode === EXIT.deleteLimit;
  if (output !== undefined && usable) await savePlan(output, made);
  const exitCode =
    report.exitCode === EXIT.ok && command.detailedExitcode && !nothing
      ? EXIT.changes
      : report.exitCode;
  return present(console, { ...report, exitCode }, {
    command: "plan",
    inputs,
    target: chosen.target,
    table: chosen.table,
    ...(report.fates && { fates: report.fates }),
    planned: true,
    changes: Object.keys(changes).length,
    capacity: total,
    ...(output !== undefined && { output }),
    detail: [
      renderPrediction(total, chosen.target.kind !== "embedded"),
      ...(report.fates ? [renderFates(report.fates)] : []),
    ],
    success: nothing
      ? `Nothing to do: all ${conversations.read} conversations and ${messages.read} messages are in step`
      : output === undefined
      ? "Nothing was written; sync does it, or save it with -o FILE for apply"
      : `Nothing was written; apply ${output} does it`,
  });
}

/** What a run that does not write found. */
export interface Prediction {
  readonly report: SyncReport;
  readonly changes: PlanFile["changes"];
  readonly units: PlanFile["units"];
}

/** Goes through a run without writing. */
export async function rehearse(
  { inputs, branches, rules }: Pick<PlanFile, "inputs" | "branches" | "rules">,
  target: Pick<OpenTarget, "rehearse">,
  { console, signal }: Session,
): Promise<Prediction> {
  const progress = follow(console);
  const onProgress = progress.onRead;
  const opened: { store?: Store } = {};
  await using source = parseExport(inputs, {
    signal,
    onProgress,
    branches,
    recognize: () => recognizer(opened.store),
  });
  const records = await readAhead(source);
  const { store, rehearsal, capacity } = await target.rehearse();
  opened.store = store;
  const report = await sync(records, store, {
    ...rules,
    signal,
    onProgress: progress.onCount,
  });
  return {
    report,
    changes: Object.fromEntries(rehearsal.changes),
    units: { read: capacity.consumed.read, write: capacity.predicted },
  };
}

/** Opens the target, but for an embedded one that is not there, which looking at must not create. */
async function openExisting(
  chosen: Settings,
  session: Session,
): Promise<Pick<OpenTarget, "rehearse"> & AsyncDisposable> {
  const { target } = chosen;
  const { openTarget } = await import("./target.ts");
  if (target.kind !== "embedded" || await exists(target.file)) {
    return await openTarget(chosen, session);
  }
  const { DynamoStore } = await import("../store/dynamo.ts");
  const { createClient } = await import("../store/client.ts");
  const client = createClient({ endpoint: "http://127.0.0.1" });
  return {
    rehearse: () => {
      const rehearsal = new Rehearsal({ empty: true });
      const capacity = new Capacity();
      const { table } = chosen;
      const transactions = "always";
      const store = new DynamoStore({
        client,
        table,
        rehearsal,
        capacity,
        transactions,
      });
      return Promise.resolve(
        { store, rehearsal, capacity } satisfies Rehearsed,
      );
    },
    [Symbol.asyncDispose]: () => Promise.resolve(client.destroy()),
  };
}

/** The settings with a path that means the same everywhere. */
function absolute(chosen: Settings): Settings {
  const { target } = chosen;
  return target.kind === "embedded"
    ? { ...chosen, target: { ...target, file: resolve(target.file) } }
    : chosen;
}
