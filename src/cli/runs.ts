/** `chatkeep runs`: what earlier runs did. @module */

import { exists } from "@std/fs";
import { EXIT, type ExitCode } from "../domain/errors.ts";
import { renderRuns } from "../render/runs.ts";
import { Journal } from "../store/journal.ts";
import type { Command } from "./command.ts";
import { journalFile, settings } from "./config.ts";
import type { Session } from "./run.ts";

/** Lists the runs that the journal knows, the latest first. */
export async function runs(
  command: Extract<Command, { kind: "runs" }>,
  { console, env }: Session,
): Promise<ExitCode> {
  const chosen = settings(command, env);
  const file = journalFile(command.journal, chosen, env);
  const found = file !== undefined && await exists(file)
    ? await list(file)
    : [];
  console.result(
    found.length === 0
      ? `No run is known${file === undefined ? "" : ` in ${file}`}`
      : renderRuns(found),
    { command: "runs", journal: file, runs: found },
  );
  return EXIT.ok;
}

async function list(file: string): Promise<ReturnType<Journal["runs"]>> {
  using journal = await Journal.open(file);
  return journal.runs();
}
