import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { readArgs } from "../../src/cli/args.ts";
import { EXIT, UserError } from "../../src/domain/errors.ts";

const common = { json: false, quiet: false, color: true };

function refused(args: string[]): UserError {
  const error = assertThrows(() => readArgs(args), UserError);
  assertEquals(error.code, EXIT.usage);
  return error;
}

Deno.test("readArgs() reads a command with its word and flags", () => {
  assertEquals(
    readArgs([
      "sync",
      "my export.zip",
      "--target",
      "aws",
      "--region=eu-central-1",
      "-t",
      "Mine",
      "--json",
    ]),
    {
      kind: "sync",
      branches: false,
      allowOlder: false,
      prune: false,
      atomic: false,
      allowOtherAccount: false,
      explain: false,
      inputs: ["my export.zip"],
      target: "aws",
      region: "eu-central-1",
      table: "Mine",
      ...common,
      json: true,
    },
  );
  assertEquals(
    readArgs(["parse", "-o", "out", "--archive", "old", "-q", "--no-color"]),
    {
      kind: "parse",
      inputs: [],
      branches: false,
      report: false,
      output: "out",
      archive: "old",
      json: false,
      quiet: true,
      color: false,
    },
  );
  assertEquals(
    readArgs(["ingest", "--endpoint-url", "http://localhost:1"]),
    {
      kind: "ingest",
      inputs: [],
      allowOlder: false,
      atomic: false,
      allowOtherAccount: false,
      explain: false,
      endpointUrl: "http://localhost:1",
      ...common,
    },
  );
});

Deno.test("readArgs() takes flags before the command, and words that look like numbers or flags", () => {
  assertEquals(readArgs(["--quiet", "sync", "007"]), {
    kind: "sync",
    branches: false,
    allowOlder: false,
    prune: false,
    atomic: false,
    allowOtherAccount: false,
    explain: false,
    inputs: ["007"],
    ...common,
    quiet: true,
  });
  assertEquals(readArgs(["sync", "--", "--odd.zip"]), {
    kind: "sync",
    branches: false,
    allowOlder: false,
    prune: false,
    atomic: false,
    allowOtherAccount: false,
    explain: false,
    inputs: ["--odd.zip"],
    ...common,
  });
});

Deno.test("readArgs() reads what to do with the table", () => {
  assertEquals(
    readArgs(["table", "delete", "--confirm", "Mine"]),
    { kind: "table", action: "delete", confirm: "Mine", ...common },
  );
  assertStringIncludes(refused(["table"]).message, "create, describe, delete");
  assertStringIncludes(refused(["table", "drop"]).message, '"drop"');
});

Deno.test("readArgs() shows help for the program and for a command, whatever else is said", () => {
  assertEquals(readArgs([]), { kind: "help", verb: undefined });
  assertEquals(readArgs(["--help"]), { kind: "help", verb: undefined });
  assertEquals(readArgs(["help", "parse"]), { kind: "help", verb: "parse" });
  assertEquals(readArgs(["sync", "x.zip", "-h"]), {
    kind: "help",
    verb: "sync",
  });
  assertEquals(readArgs(["-V"]), { kind: "version" });
});

Deno.test("readArgs() refuses unknown commands and flags with a suggestion", () => {
  assertStringIncludes(refused(["snyc"]).message, 'did you mean "sync"?');
  assertStringIncludes(
    refused(["sync", "--tabel", "x"]).message,
    '"--tabel"; did you mean "--table"?',
  );
  assertStringIncludes(
    refused(["sync", "--tabel=x"]).message,
    '"--tabel"; did you mean "--table"?',
  );
  assertEquals(
    refused(["sync", "--zzzzzz"]).message,
    'Unknown option "--zzzzzz"',
  );
  assertEquals(refused(["xylophone"]).message, 'Unknown command "xylophone"');
});

Deno.test("readArgs() refuses a flag of another command, one without its value, and a word too many", () => {
  assertStringIncludes(
    refused(["parse", "--table", "x"]).message,
    '"parse" has no option --table',
  );
  assertStringIncludes(
    refused(["sync", "--table"]).message,
    "--table needs a value",
  );
  assertStringIncludes(refused(["ingest", "a", "b"]).message, '"b"');
});

Deno.test("readArgs() reads the rules of a run, for the commands that have them", () => {
  assertEquals(readArgs(["sync", "--max-delete", "0", "--allow-older"]), {
    kind: "sync",
    inputs: [],
    branches: false,
    allowOlder: true,
    prune: false,
    atomic: false,
    allowOtherAccount: false,
    explain: false,
    maxDelete: { rows: 0 },
    ...common,
  });
  assertStringIncludes(
    refused(["sync", "--max-delete=-1"]).message,
    "--max-delete",
  );
  assertStringIncludes(
    refused(["sync", "--max-delete", "many"]).message,
    '"many"',
  );
  assertStringIncludes(
    refused(["parse", "--allow-older"]).message,
    "no option --allow-older",
  );
  assertStringIncludes(
    refused(["table", "describe", "--max-delete", "1"]).message,
    "no option --max-delete",
  );
});

Deno.test("readArgs() reads a limit on deletes by number or in percent", () => {
  const limit = (text: string) => {
    const command = readArgs(["sync", "--max-delete", text]);
    return "maxDelete" in command ? command.maxDelete : undefined;
  };
  assertEquals(limit("25"), { rows: 25 });
  assertEquals(limit("10%"), { percent: 10 });
  for (const wrong of ["101%", "-1", "ten", "5 %", "1.5"]) {
    assertStringIncludes(
      refused(["sync", `--max-delete=${wrong}`]).message,
      "--max-delete takes",
    );
  }
});
