/** `chatkeep ingest`: parsed files in, a table in step. @module */

import type { ExitCode } from "../domain/errors.ts";
import { readParsedFolder } from "../parsed/folder.ts";
import { INPUT } from "./input.ts";
import type { Session } from "./run.ts";
import { store, type StoreCommand } from "./store.ts";

/** Reads parsed files and brings the table into step with them. */
export async function ingest(
  command: StoreCommand,
  session: Session,
): Promise<ExitCode> {
  return await store(command, session, {
    fallback: INPUT.parsed,
    read: ([input = INPUT.parsed], { signal, onProgress }) =>
      readParsedFolder(input, { signal, onProgress }),
  });
}
