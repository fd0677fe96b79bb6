/** What the commands that read conversations share. @module */

import { exists } from "@std/fs";
import { UserError } from "../domain/errors.ts";
import { type AnyLedger, renderProgress } from "../render/report.ts";
import type { Console } from "./console.ts";

/** Where to read from when the command line does not say, as the earlier Python pipeline did. */
export const INPUT = {
  export: "chatgpt-export-json",
  parsed: "output_json",
} as const;

/**
 * The inputs that were named, or else the default.
 *
 * @throws {UserError} When neither is there.
 */
export async function inputsOr(
  named: readonly string[],
  fallback: string,
): Promise<readonly string[]> {
  if (named.length === 0 && !await exists(fallback)) {
    throw new UserError(
      `Nothing named to read, and no folder "${fallback}" here`,
      {
        hint: "Give the path of an export, such as chatgpt-export.zip",
      },
    );
  }
  return named.length === 0 ? [fallback] : named;
}

/** How far reading has come. */
export interface Read {
  readonly file: string;
  readonly bytesRead: number;
  readonly bytesTotal: number;
}

/** Draws the progress of a run from what its reader and its ledger tell. */
export function follow(
  console: Console,
): { onRead: (read: Read) => void; onCount: (ledger: AnyLedger) => void } {
  let read: Read = { file: "", bytesRead: 0, bytesTotal: 0 };
  let counts: AnyLedger | undefined;
  const draw = () => {
    const { file, bytesRead, bytesTotal } = read;
    const ledger = counts;
    if (ledger === undefined) return;
    console.progress(() =>
      renderProgress(ledger, {
        file,
        share: bytesTotal === 0 ? 0 : bytesRead / bytesTotal,
      })
    );
  };
  return {
    onRead: (now) => {
      read = now;
      draw();
    },
    onCount: (now) => {
      counts = now;
      draw();
    },
  };
}

/**
 * Reads the first record already, so that an input that cannot be read fails before anything else is
 * touched, and hands all of them on.
 */
export async function readAhead<T>(
  records: AsyncGenerator<T>,
): Promise<AsyncGenerator<T>> {
  const first = await records.next();
  return (async function* () {
    if (first.done) return;
    yield first.value;
    yield* records;
  })();
}
