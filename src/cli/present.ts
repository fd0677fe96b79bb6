/** Tells a person, or a program, how a run ended. @module */

import { EXIT, type ExitCode, UserError } from "../domain/errors.ts";
import type { Issue } from "../domain/issue.ts";
import {
  type AnyLedger,
  renderIssues,
  renderLedger,
} from "../render/report.ts";
import type { Console } from "./console.ts";

/** What the runs of all commands have in common. */
export interface Report {
  readonly ledger: AnyLedger;
  readonly issues: readonly Issue[];
  readonly overLimit?: number;
  readonly exitCode: ExitCode;
  readonly error?: Error;
}

/** Exit codes of runs that did all that was asked for. */
const DONE: ReadonlySet<ExitCode> = new Set([
  EXIT.ok,
  EXIT.changes,
  EXIT.different,
]);

/** Prints the report, and returns its exit code. */
export function present(
  console: Console,
  report: Report,
  about:
    & {
      readonly command: string;
      /** What to say of a run that did all that was asked for. */
      readonly success: string;
      /** What a person asked for beyond the ledger. */
      readonly detail?: readonly string[];
    }
    & Record<string, unknown>,
): ExitCode {
  const { ledger, issues, overLimit, exitCode, error } = report;
  const { success, detail = [], ...facts } = about;
  if (issues.length > 0) console.warn(renderIssues(issues));
  const end = DONE.has(exitCode)
    ? success
    : exitCode === EXIT.deleteLimit
    ? `${
      about["planned"] === true
        ? "Nothing would be deleted"
        : "Finished, but nothing was deleted"
    }: ${overLimit} messages are more than the limit allows; --max-delete ${overLimit} lets them go`
    : exitCode === EXIT.incomplete && error === undefined
    ? "Finished, but not all could be read and stored; nothing was deleted from what could not"
    : "Not finished";
  console.result(
    [
      renderLedger(ledger, { planned: about["planned"] === true }),
      ...detail,
      end,
    ].join("\n"),
    {
      ...facts,
      ledger,
      issues,
      ...(overLimit !== undefined && { overLimit }),
      exitCode,
      ...(error &&
        {
          error: {
            message: error.message,
            hint: error instanceof UserError ? error.hint : undefined,
          },
        }),
    },
  );
  if (exitCode === EXIT.interrupted) {
    console.failure(new UserError("Interrupted", { code: exitCode }));
  } else if (error !== undefined) {
    console.failure(
      error instanceof UserError
        ? error
        : new UserError(error.message, { cause: error }),
    );
  }
  return exitCode;
}
