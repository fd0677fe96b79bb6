/** `chatkeep sync`: an export in, a table in step. @module */

import type { ExitCode } from "../domain/errors.ts";
import { parseExport } from "../parse/mod.ts";
import type { Command } from "./command.ts";
import { INPUT } from "./input.ts";
import type { Session } from "./run.ts";
import { store } from "./store.ts";

/** Reads the export and brings the table into step with it. */
export async function sync(
  command: Extract<Command, { kind: "sync" }>,
  session: Session,
): Promise<ExitCode> {
  return await store(command, session, {
    fallback: INPUT.export,
    read: (inputs, options) =>
      parseExport(inputs, { ...options, branches: command.branches }),
  });
}
