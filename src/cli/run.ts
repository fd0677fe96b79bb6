/** One run of the program, from the command line to the exit code. @module */

import denoJson from "../../deno.json" with { type: "json" };
import { EXIT, type ExitCode, reason, UserError } from "../domain/errors.ts";
import { readArgs } from "./args.ts";
import type { Command } from "./command.ts";
import { drawing, type Environment } from "./config.ts";
import { Console, type Streams } from "./console.ts";
import { usage } from "./usage.ts";

/** What a run needs of the world. */
export interface World {
  readonly streams: Streams;
  readonly env: Environment;
  /** Whether stderr is a terminal. */
  readonly isTerminal: boolean;
  /** Aborted when a person wants the run to end. */
  readonly signal: AbortSignal;
}

/** What a command needs of the run. */
export interface Session {
  readonly console: Console;
  readonly env: Environment;
  readonly signal: AbortSignal;
}

/** Runs the program; never throws. */
export async function run(
  args: readonly string[],
  world: World,
): Promise<ExitCode> {
  const { streams, env, isTerminal, signal } = world;
  // Until the command line is read, its errors are to reach who asked for JSON too.
  const before = { json: args.includes("--json"), quiet: false, color: true };
  let console = new Console(streams, drawing(before, env, isTerminal));
  try {
    const command = readArgs(args);
    if (command.kind !== "help" && command.kind !== "version") {
      console = new Console(streams, drawing(command, env, isTerminal));
    }
    return await dispatch(command, { console, env, signal });
  } catch (error) {
    return explain(error, console);
  }
}

async function dispatch(command: Command, session: Session): Promise<ExitCode> {
  switch (command.kind) {
    case "help":
      session.console.result(usage(command.verb), {
        usage: usage(command.verb),
      });
      return EXIT.ok;
    case "version":
      session.console.result(`chatkeep ${denoJson.version}`, {
        version: denoJson.version,
      });
      return EXIT.ok;
    // Each is loaded only when chosen, so that none pays for another's libraries.
    case "parse":
      return await (await import("./parse.ts")).parse(command, session);
    case "ingest":
      return await (await import("./ingest.ts")).ingest(command, session);
    case "sync":
      return await (await import("./sync.ts")).sync(command, session);
    case "plan":
      return await (await import("./plan.ts")).plan(command, session);
    case "apply":
      return await (await import("./apply.ts")).apply(command, session);
    case "runs":
      return await (await import("./runs.ts")).runs(command, session);
    case "undo":
      return await (await import("./undo.ts")).undo(command, session);
    case "unlock":
      return await (await import("./unlock.ts")).unlock(command, session);
    case "drift":
      return await (await import("./drift.ts")).drift(command, session);
    case "verify":
      return await (await import("./verify.ts")).verify(command, session);
    case "redact":
      return await (await import("./redact.ts")).redact(command, session);
    case "table":
      return await (await import("./table.ts")).table(command, session);
    default:
      return command satisfies never;
  }
}

/** Tells what ended the run: one line for what a person can mend, the stack for a bug. */
function explain(error: unknown, console: Console): ExitCode {
  const known = error instanceof Deno.errors.NotCapable
    ? notPermitted(error)
    : error;
  if (known instanceof UserError) {
    console.failure(known);
    return known.code;
  }
  const stack = known instanceof Error
    ? known.stack ?? known.message
    : String(known);
  console.failure(
    new UserError(`Unexpected failure, please report it: ${reason(known)}`),
    stack,
  );
  return EXIT.error;
}

/** Deno's own words name the resource and the flag. */
function notPermitted(error: Error): UserError {
  return new UserError(`Not permitted: ${error.message}`, {
    hint:
      'The README\'s section "Permissions" tells how to widen or narrow what a run may do',
    cause: error,
  });
}
