/**
 * Reads exports that were made up and damaged by chance: `deno task fuzz [--runs N] [--seed S]`.
 *
 * A case that breaks a rule or never ends stops the run with its seed, which runs it again alone:
 * `--runs 1 --seed S`.
 *
 * @module
 */

import { parseArgs } from "@std/cli";
import { runCases } from "./run.ts";

const flags: Record<string, unknown> = parseArgs(Deno.args, {
  string: ["runs", "seed"],
});
const runs = Number(flags["runs"] ?? 3_000);
const from = Number(flags["seed"] ?? 1);
const endings = await runCases({ from, to: from + runs });
// deno-lint-ignore no-console -- the program's only output
console.log(
  `${runs} cases: ${
    Object.entries(endings).map(([name, count]) => `${count} ${name}`).join(
      ", ",
    )
  }`,
);
