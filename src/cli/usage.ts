/** The help pages. @module */

import type { Verb } from "./args.ts";
import common from "./usage/common.txt" with { type: "text" };
import drift from "./usage/drift.txt" with { type: "text" };
import ingest from "./usage/ingest.txt" with { type: "text" };
import main from "./usage/main.txt" with { type: "text" };
import parse from "./usage/parse.txt" with { type: "text" };
import redact from "./usage/redact.txt" with { type: "text" };
import sync from "./usage/sync.txt" with { type: "text" };
import table from "./usage/table.txt" with { type: "text" };
import apply from "./usage/apply.txt" with { type: "text" };
import plan from "./usage/plan.txt" with { type: "text" };
import runs from "./usage/runs.txt" with { type: "text" };
import undo from "./usage/undo.txt" with { type: "text" };
import unlock from "./usage/unlock.txt" with { type: "text" };
import write from "./usage/write.txt" with { type: "text" };
import verify from "./usage/verify.txt" with { type: "text" };
import target from "./usage/target.txt" with { type: "text" };

const PAGES: Readonly<Record<Verb, readonly string[]>> = {
  sync: [sync, write, target, common],
  plan: [plan, target, common],
  apply: [apply, write, common],
  parse: [parse, common],
  ingest: [ingest, write, target, common],
  drift: [drift, target, common],
  verify: [verify, write, target, common],
  runs: [runs, target, common],
  undo: [undo, write, target, common],
  unlock: [unlock, target, common],
  redact: [redact, common],
  table: [table, target, common],
};

/** The help page of a command, or of the program. */
export function usage(verb: Verb | undefined): string {
  return (verb === undefined ? [main, common] : PAGES[verb]).join("\n")
    .trimEnd();
}
