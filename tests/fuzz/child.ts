/**
 * Runs the cases of some seeds, one after the other, and prints a line for each: a process of its own, which
 * can be ended where a case would never end.
 *
 * @module
 */

import { checkCase } from "./check.ts";

const [from, to, file = ""] = Deno.args;
for (let seed = Number(from); seed < Number(to); seed++) {
  await Deno.stdout.write(
    new TextEncoder().encode(`${await checkCase(seed, file)}\n`),
  );
}
