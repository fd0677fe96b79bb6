/**
 * The program: the only file that knows the process. A first interrupt lets the run end in order, a
 * second ends it at once.
 *
 * @module
 */

import { processEnvironment } from "./cli/config.ts";
import { processStreams } from "./cli/console.ts";
import { run } from "./cli/run.ts";
import { EXIT } from "./domain/errors.ts";

if (import.meta.main) {
  const interrupt = new AbortController();
  const onSignal = () => {
    if (interrupt.signal.aborted) Deno.exit(EXIT.interrupted);
    interrupt.abort();
  };
  Deno.addSignalListener("SIGINT", onSignal);
  if (Deno.build.os !== "windows") Deno.addSignalListener("SIGTERM", onSignal);
  Deno.exit(
    await run(Deno.args, {
      streams: processStreams(),
      env: processEnvironment,
      isTerminal: Deno.stderr.isTerminal(),
      signal: interrupt.signal,
    }),
  );
}
