/** `chatkeep parse`: an export in, parsed files out. @module */

import type { ExitCode } from "../domain/errors.ts";
import { parseExport } from "../parse/mod.ts";
import { openParsedFolder } from "../parsed/folder.ts";
import { renderInventory } from "../render/inventory.ts";
import { parseInto } from "../sync/parse.ts";
import type { Command } from "./command.ts";
import { follow, INPUT, inputsOr } from "./input.ts";
import { present } from "./present.ts";
import type { Session } from "./run.ts";

/** Reads the export and writes one file a conversation, all at once at the end. */
export async function parse(
  command: Extract<Command, { kind: "parse" }>,
  { console, signal }: Session,
): Promise<ExitCode> {
  const { output = INPUT.parsed, archive = "parsed_archive" } = command;
  const inputs = await inputsOr(command.inputs, INPUT.export);
  const progress = follow(console);
  await using records = parseExport(inputs, {
    signal,
    branches: command.branches,
    onProgress: progress.onRead,
  });
  await using folder = await openParsedFolder(output, { archive });
  const report = await parseInto(folder, records, {
    signal,
    onProgress: progress.onCount,
  });
  const success = `Written to ${output}`;
  const { inventory } = report;
  return present(console, report, {
    command: "parse",
    inputs,
    output,
    reading: inventory,
    ...(command.report && { detail: [renderInventory(inventory)] }),
    success,
  });
}
