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
import verify from "./usage/verify.txt" with { type: "text" };
import target from "./usage/target.txt" with { type: "text" };

const PAGES: Readonly<Record<Verb, readonly string[]>> = {
  sync: [sync, target, common],
  parse: [parse, common],
  ingest: [ingest, target, common],
  drift: [drift, target, common],
  verify: [verify, target, common],
  redact: [redact, common],
  table: [table, target, common],
};

/** The help page of a command, or of the program. */
export function usage(verb: Verb | undefined): string {
  return (verb === undefined ? [main, common] : PAGES[verb]).join("\n")
    .trimEnd();
}
