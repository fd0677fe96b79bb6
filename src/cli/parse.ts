/** `chatkeep parse`: an export in, parsed files out. @module */

import type { ExitCode } from "../domain/errors.ts";
import { parseExport } from "../parse/mod.ts";
import { openParsedFolder } from "../parsed/folder.ts";
import { parseInto } from "../sync/parse.ts";
import type { Command } from "./args.ts";
import { follow, INPUT, inputOr } from "./input.ts";
import { present } from "./present.ts";
import type { Session } from "./run.ts";

/** Reads the export and writes one file a conversation, all at once at the end. */
export async function parse(
  command: Extract<Command, { kind: "parse" }>,
  { console, signal }: Session,
): Promise<ExitCode> {
  const { output = INPUT.parsed, archive = "parsed_archive" } = command;
  const input = await inputOr(command.input, INPUT.export);
  const progress = follow(console);
  await using records = parseExport(input, {
    signal,
    onProgress: progress.onRead,
  });
  await using folder = await openParsedFolder(output, { archive });
  const report = await parseInto(folder, records, {
    signal,
    onProgress: progress.onCount,
  });
  const success = `Written to ${output}`;
  return present(console, report, { command: "parse", input, output, success });
}
