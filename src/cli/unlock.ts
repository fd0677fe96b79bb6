/** `chatkeep unlock`: who is writing to the table, and takes its lock away. @module */

import { EXIT, type ExitCode, UserError } from "../domain/errors.ts";
import { breakLock, lockHolder } from "../store/lock.ts";
import { requireTable } from "../store/schema.ts";
import type { Command } from "./command.ts";
import { settings } from "./config.ts";
import type { Session } from "./run.ts";
import { openTarget } from "./target.ts";

/** Tells who holds the lock; with `--force` it is free afterwards. */
export async function unlock(
  command: Extract<Command, { kind: "unlock" }>,
  session: Session,
): Promise<ExitCode> {
  const { console, env } = session;
  const chosen = settings(command, env);
  if (chosen.target.kind === "embedded") {
    console.result(
      "An embedded table needs no unlocking: its file is free as soon as no run is using it",
      { command: "unlock", locked: false },
    );
    return EXIT.ok;
  }
  await using target = await openTarget(chosen, session);
  await requireTable(target.access);
  const holder = await lockHolder(target.access);
  if (holder === undefined) {
    const facts = { command: "unlock", locked: false };
    console.result("No run holds the table", facts);
    return EXIT.ok;
  }
  const { run, since } = holder;
  if (!command.force) {
    throw new UserError(`Run ${run} holds the table since ${since}`, {
      hint:
        "It is taken over by itself a minute after that run died; --force takes it away at once",
      code: EXIT.locked,
    });
  }
  await breakLock(target.access);
  console.result(`Run ${run} does not hold the table any more`, {
    command: "unlock",
    locked: false,
    run,
    since,
  });
  return EXIT.ok;
}
