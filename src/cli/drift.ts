/** `chatkeep drift`: what is new in an export, and what is gone, before anything is written. @module */

import { exists } from "@std/fs";
import { driftOf, type ExportShape } from "../domain/drift.ts";
import { EXIT, type ExitCode } from "../domain/errors.ts";
import { parseExport } from "../parse/mod.ts";
import { renderDrift, renderInventory } from "../render/inventory.ts";
import { renderIssues } from "../render/report.ts";
import { emptyLedger } from "../domain/ledger.ts";
import { Intake, nothingRead } from "../sync/intake.ts";
import type { Command } from "./command.ts";
import { type Settings, settings } from "./config.ts";
import { follow, INPUT, inputsOr } from "./input.ts";
import type { Session } from "./run.ts";

/** Reads the export, and compares it with what is known and with the last one of its account in the table. */
export async function drift(
  command: Extract<Command, { kind: "drift" }>,
  session: Session,
): Promise<ExitCode> {
  const { console, env, signal } = session;
  const inputs = await inputsOr(command.inputs, INPUT.export);
  const chosen = settings(command, env);
  const progress = follow(console);
  const ledger = emptyLedger();
  const intake = new Intake(ledger);
  const records = parseExport(inputs, {
    signal,
    onProgress: progress.onRead,
  });
  for await (const _ of intake.admit(records)) progress.onCount(ledger);
  if (signal.aborted) return EXIT.interrupted;
  const { issues, inventory } = intake;
  if (ledger.conversations.read === 0) throw nothingRead(issues);
  const last = inventory.ownerId === undefined
    ? undefined
    : await lastExport(inventory.ownerId, chosen, session);
  const found = driftOf(inventory, last);
  if (issues.length > 0) console.warn(renderIssues(issues));
  const exitCode = issues.length > 0 ? EXIT.incomplete : EXIT.ok;
  console.result(`${renderInventory(inventory)}\n\n${renderDrift(found)}`, {
    command: "drift",
    inputs,
    reading: inventory,
    drift: found,
    issues,
    exitCode,
  });
  return exitCode;
}

/** The shape of the last export, where there is a table that has it. Nothing is created to find that out. */
async function lastExport(
  ownerId: string,
  chosen: Settings,
  session: Session,
): Promise<ExportShape | undefined> {
  const { target } = chosen;
  if (target.kind === "embedded" && !await exists(target.file)) {
    return undefined;
  }
  const { openTarget } = await import("./target.ts");
  await using opened = await openTarget(chosen, session);
  return await (await opened.existing())?.lastExport(ownerId);
}
