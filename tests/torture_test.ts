/** A few rounds of what `deno task torture` does hundreds of times. */

import { assert } from "@std/assert";
import { torture } from "./torture/run.ts";

Deno.test({
  name:
    "the program may be killed at any instant, alone, with another, or its engine alone: nothing is lost or wrongly complete",
  // The engine under torture is the embedded one, whatever the others run on.
  ignore: Deno.env.get("DYNAMODB_LOCAL_URL") !== undefined,
  fn: async () => {
    const counts = await torture({ rounds: 36, seed: 20_261_125 });
    for (const [what, count] of Object.entries(counts)) assert(count > 0, what);
  },
});
