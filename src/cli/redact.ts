/** `chatkeep redact`: a copy of an export that shows its shape and nothing of what is in it. @module */

import { EXIT, type ExitCode, UserError } from "../domain/errors.ts";
import { openCopy } from "../redact/copy.ts";
import { redactExport } from "../redact/mod.ts";
import type { Command } from "./command.ts";
import { INPUT, inputsOr } from "./input.ts";
import type { Session } from "./run.ts";

/** What the copy is called unless told. */
const OUTPUT = "redacted.zip";
/** Faults listed in full. */
const MOST_FAULTS = 20;

/** Writes the copy, all at once at the end. */
export async function redact(
  command: Extract<Command, { kind: "redact" }>,
  { console, signal }: Session,
): Promise<ExitCode> {
  const [input = INPUT.export] = await inputsOr(command.inputs, INPUT.export);
  const { output = OUTPUT } = command;
  if (!/\.(?:zip|json)$/i.test(output)) {
    throw new UserError(`A copy is a ZIP or a JSON file, not "${output}"`, {
      hint: "Give a name that ends in .zip or .json with -o",
      code: EXIT.usage,
    });
  }
  await using copy = await openCopy(output);
  const report = await redactExport(input, copy, signal);
  if (signal.aborted) {
    throw new UserError("Interrupted; nothing was written", {
      code: EXIT.interrupted,
    });
  }
  await copy.finish();
  const { files, conversations, unreadable } = report;
  if (unreadable.length > 0) {
    console.warn(unreadable.slice(0, MOST_FAULTS).join("\n"));
  }
  const exitCode = unreadable.length > 0 ? EXIT.incomplete : EXIT.ok;
  console.result(
    `${conversations} conversations, ${files.json} files with their shape, ${files.empty} empty\n` +
      `Written to ${output}; have a look at it before you send it`,
    { command: "redact", input, output, ...report, exitCode },
  );
  return exitCode;
}
