/** `chatkeep sync`: an export in, a table in step. @module */

import type { ExitCode } from "../domain/errors.ts";
import { parseExport } from "../parse/mod.ts";
import { INPUT } from "./input.ts";
import type { Session } from "./run.ts";
import { store, type StoreCommand } from "./store.ts";

/** Reads the export and brings the table into step with it. */
export async function sync(
  command: StoreCommand,
  session: Session,
): Promise<ExitCode> {
  return await store(command, session, {
    fallback: INPUT.export,
    read: parseExport,
  });
}
