/** The README against the program: what it shows works as printed, and what there is it tells of. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { usage } from "../src/cli/usage.ts";
import { EXIT } from "../src/domain/errors.ts";
import { ended, removeData, ROOT } from "./support/cli.ts";

const README = await Deno.readTextFile(`${ROOT}README.md`);
const CONFIG = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`));

/** The commands in its blocks of shell, comments left out. */
function commands(): string[] {
  return [...README.matchAll(/^```sh\n(.*?)^```/gms)]
    .flatMap(([, block = ""]) => block.split("\n"))
    .map((line) => line.replace(/\s+#.*$/, "").trim())
    .filter((line) => line !== "");
}

Deno.test("README shows the transcript of the sample as it is", async () => {
  const [, transcript = ""] = README.match(/^```console\n(.*?)^```/ms) ?? [];
  const [first, second] = transcript.split(/^\$ .*\n/m).slice(1).map((text) =>
    text.trim()
  );
  const own = `test-${crypto.randomUUID()}`;
  const data = `data/${own}.db`;
  try {
    for (const shown of [first, second]) {
      const ran = await ended(
        new Deno.Command(Deno.execPath(), {
          args: [
            "task",
            "-q",
            "sync",
            "tests/testdata/sample-export.zip",
            "--data",
            data,
          ],
          cwd: ROOT,
          env: { NO_COLOR: "1" },
          stdout: "piped",
          stderr: "piped",
        }).spawn(),
      );
      assertEquals(ran.code, EXIT.ok, ran.stderr);
      assertEquals(
        `${ran.stderr}${ran.stdout}`.replace(data, "data/chatkeep.db").trim(),
        shown,
      );
    }
  } finally {
    await removeData(own);
  }
});

Deno.test("README's permission-scoped runs work as printed", async () => {
  const runs = commands().filter((command) => command.startsWith("deno run "));
  assert(runs.length >= 2);
  // Names of their own, so that nothing of whoever runs the tests is touched.
  const own = `test-${crypto.randomUUID()}`;
  try {
    for (const command of runs) {
      const args = command.replaceAll("=parsed", `=data/${own}`)
        .replaceAll(" parsed", ` data/${own}`).split(" ").slice(1);
      if (args.includes("sync")) args.push("--data", `data/${own}.db`);
      const ran = await ended(
        new Deno.Command(Deno.execPath(), {
          args,
          cwd: ROOT,
          stdin: "null",
          stdout: "piped",
          stderr: "piped",
        }).spawn(),
      );
      assertEquals(ran.code, EXIT.ok, `${command}\n${ran.stderr}`);
    }
  } finally {
    await removeData(own);
  }
});

Deno.test("README starts with the two commands that do everything, and they name tasks that exist", () => {
  const [main, test] = commands();
  assertEquals(
    main,
    "npx -y deno@2.9.6 task sync tests/testdata/sample-export.zip",
  );
  assertEquals(test, "npx -y deno@2.9.6 task test");
  for (
    const [, task = ""] of README.matchAll(
      /(?:deno|deno@[\d.]+) task ([a-z:]+)/g,
    )
  ) {
    assert(task in CONFIG.tasks, `the README names the task "${task}"`);
  }
});

Deno.test("README tells of every task, exit code and target", () => {
  for (const task of Object.keys(CONFIG.tasks)) {
    if (task !== "check") assertStringIncludes(README, `deno task ${task}`);
  }
  const codes = [...README.matchAll(/^\| (\d+) +\|/gm)].map(([, code]) =>
    Number(code)
  );
  assertEquals(codes, Object.values(EXIT));
  const help = usage(undefined);
  assertEquals(
    [...help.matchAll(/^ {2}(\d+) {2,}/gm)].map(([, code]) => Number(code)),
    codes,
  );
  for (
    const target of [
      "embedded",
      "--target local",
      "--target aws",
      "--endpoint-url",
    ]
  ) {
    assertStringIncludes(README, target);
  }
});

Deno.test("README says what each permission set grants, and no set grants all", () => {
  for (const name of ["parse", "ingest", "sync", "table"]) {
    assertStringIncludes(README, `\`${name}\``);
    const { read, ...narrow } = CONFIG.permissions[name];
    assertEquals(read, true);
    for (const grant of Object.values(narrow)) {
      assert(grant !== true, `${name} may do anything of a kind`);
    }
  }
  assertEquals(CONFIG.permissions.parse.net, undefined);
  assertEquals(CONFIG.permissions.parse.run, undefined);
});
