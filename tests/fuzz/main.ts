/**
 * Reads exports that were made up and damaged by chance: `deno task fuzz [--runs N] [--seed S]`.
 *
 * A case that breaks a rule ends the run with its seed, which runs it again alone: `--runs 1 --seed S`.
 *
 * @module
 */

import { parseArgs } from "@std/cli";
import { checkCase, type Ending } from "./check.ts";

const flags: Record<string, unknown> = parseArgs(Deno.args, {
  string: ["runs", "seed"],
});
const runs = Number(flags["runs"] ?? 3_000);
const first = Number(flags["seed"] ?? 1);
const endings: Record<Ending, number> = { read: 0, incomplete: 0, refused: 0 };
const file = await Deno.makeTempFile({ prefix: "chatkeep-fuzz-" });
try {
  for (let seed = first; seed < first + runs; seed++) {
    try {
      endings[await checkCase(seed, file)]++;
    } catch (error) {
      throw new Error(`Run it alone with --runs 1 --seed ${seed}`, {
        cause: error,
      });
    }
  }
} finally {
  await Deno.remove(file);
}
// deno-lint-ignore no-console -- the program's only output
console.log(
  `${runs} cases: ${
    Object.entries(endings).map(([name, count]) => `${count} ${name}`).join(
      ", ",
    )
  }`,
);
