/** `chatkeep ingest`: parsed files in, a table in step. @module */

import type { ExitCode } from "../domain/errors.ts";
import { readParsedFolder } from "../parsed/folder.ts";
import type { Command } from "./args.ts";
import { follow, INPUT, inputOr } from "./input.ts";
import type { Session } from "./run.ts";
import { store } from "./sync.ts";

/** Reads parsed files and brings the table into step with them. */
export async function ingest(
  command: Extract<Command, { kind: "sync" | "ingest" }>,
  session: Session,
): Promise<ExitCode> {
  const input = await inputOr(command.input, INPUT.parsed);
  const progress = follow(session.console);
  await using records = readParsedFolder(input, {
    signal: session.signal,
    onProgress: progress.onRead,
  });
  return await store(command, session, {
    input,
    records,
    onCount: progress.onCount,
  });
}
