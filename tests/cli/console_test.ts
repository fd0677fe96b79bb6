import { assertEquals } from "@std/assert";
import { Console, type ConsoleOptions } from "../../src/cli/console.ts";
import { UserError } from "../../src/domain/errors.ts";
import { RecordedStreams } from "../support/console.ts";

function recorded(
  options: Partial<ConsoleOptions> = {},
): { streams: RecordedStreams; console: Console } {
  const streams = new RecordedStreams();
  const defaults = { json: false, quiet: false, terminal: false, color: false };
  return {
    streams,
    console: new Console(streams, { ...defaults, ...options }),
  };
}

Deno.test("Console sends results to stdout and all else to stderr", () => {
  const { streams, console } = recorded();
  console.note("target");
  console.result("done", { done: true });
  console.warn("odd");
  console.failure(new UserError("broken", { hint: "mend it" }));
  assertEquals(streams.stdout, "done\n");
  assertEquals(
    streams.stderr,
    "target\nwarning: odd\nerror: broken\n  mend it\n",
  );
});

Deno.test("Console with json prints one value on stdout, also when it fails", () => {
  const good = recorded({ json: true });
  good.console.note("target");
  good.console.result("done", { done: true });
  good.console.failure(new UserError("late"));
  assertEquals(JSON.parse(good.streams.stdout), { done: true });
  const bad = recorded({ json: true });
  bad.console.failure(new UserError("broken", { hint: "mend it", code: 11 }));
  assertEquals(JSON.parse(bad.streams.stdout), {
    error: { message: "broken", hint: "mend it" },
    exitCode: 11,
  });
});

Deno.test("Console with quiet prints only warnings and errors", () => {
  const { streams, console } = recorded({ quiet: true });
  console.note("target");
  console.progress(() => "half");
  console.result("done", {});
  console.warn("odd");
  assertEquals([streams.stdout, streams.stderr], ["", "warning: odd\n"]);
});

Deno.test("Console redraws its progress line on a terminal and clears it before anything else", () => {
  const { streams, console } = recorded({ terminal: true });
  console.progress(() => "10 %");
  streams.clock = 50;
  console.progress(() => "too soon");
  streams.clock = 100;
  console.progress(() => "20 %");
  console.note("note");
  assertEquals(streams.stderr, "10 %\r    \r20 %\r    \rnote\n");
});

Deno.test("Console prints a progress line every few seconds elsewhere", () => {
  const { streams, console } = recorded();
  console.progress(() => "0 %");
  streams.clock = 5000;
  console.progress(() => "50 %");
  streams.clock = 9999;
  console.progress(() => "too soon");
  assertEquals(streams.stderr, "50 %\n");
});

Deno.test("Console paints the words that matter where colour is wanted", () => {
  const { streams, console } = recorded({ color: true });
  console.failure(new UserError("broken"));
  assertEquals(streams.stderr, "\x1b[31merror:\x1b[0m broken\n");
});
