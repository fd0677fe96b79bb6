/** The program as a process, under the permission sets of deno.json and no more. */

import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { exists } from "@std/fs";
import { EXIT } from "../src/domain/errors.ts";
import { ended, removeData, ROOT, spawnCli, TESTDATA } from "./support/cli.ts";

/** A database below `data/`, the one folder that the permission sets let the program write to. */
async function withDatabase(
  test: (file: string) => Promise<void>,
): Promise<void> {
  const name = `test-${crypto.randomUUID()}`;
  try {
    await test(`data/${name}.db`);
  } finally {
    await removeData(name);
  }
}

Deno.test("sync needs no more than its permission set, and finds its data again", async () => {
  await withDatabase(async (file) => {
    const first = await ended(
      spawnCli([
        "sync",
        `${TESTDATA}/sample-export.zip`,
        "--data",
        file,
        "--json",
      ]),
    );
    assertEquals(first.code, EXIT.ok, first.stderr);
    assertStringIncludes(
      first.stderr,
      `Table ChatConversations in ${file} (embedded engine)`,
    );
    const { ledger } = JSON.parse(first.stdout);
    assertEquals(ledger.conversations.new, ledger.conversations.read);
    const second = await ended(
      spawnCli([
        "sync",
        `${TESTDATA}/sample-export.zip`,
        "--data",
        file,
        "--json",
      ]),
    );
    assertEquals(
      JSON.parse(second.stdout).ledger.conversations.unchanged,
      ledger.conversations.read,
    );
    const table = await ended(spawnCli(["table", "describe", "--data", file]));
    assertMatch(table.stdout, /ChatConversations/);
  });
});

Deno.test("two syncs at once on one database take turns", async () => {
  await withDatabase(async (file) => {
    const args = [
      "sync",
      `${TESTDATA}/sample-export.zip`,
      "--data",
      file,
      "--json",
    ];
    const runs = await Promise.all([
      ended(spawnCli(args)),
      ended(spawnCli(args)),
    ]);
    assertEquals(
      runs.map(({ code }) => code),
      [EXIT.ok, EXIT.ok],
      runs.map(({ stderr }) => stderr).join(),
    );
    const counts = runs.map(({ stdout }) =>
      JSON.parse(stdout).ledger.conversations
    );
    assertEquals(counts.map((count) => count.new).sort(), [0, counts[0].read]);
  });
});

Deno.test("parse is not permitted to connect, and writes only where its set says", async () => {
  const { code, stderr } = await ended(
    spawnCli([
      "parse",
      `${TESTDATA}/sample-export.zip`,
      "-o",
      `${ROOT}tests/not-here`,
    ]),
  );
  assertEquals(code, EXIT.error);
  assertStringIncludes(stderr, "Not permitted");
  assertStringIncludes(stderr, "--allow-write");
});

Deno.test("an interrupt ends the run in order, with a balanced ledger and the documented code", async () => {
  const folder = await Deno.makeTempDir({ prefix: "chatkeep-test-" });
  try {
    await withDatabase(async (file) => {
      const { writeExport } = await import("./bench/exports.ts");
      const input = `${folder}/conversations.json`;
      await writeExport(input, {
        conversations: 800,
        messages: 20,
        characters: 200,
      });
      const child = spawnCli(["sync", input, "--data", file, "--json"]);
      const traces = `${ROOT}${file}.engine.json`;
      while (await Deno.stat(traces).then(() => false, () => true)) {
        await new Promise((go) => setTimeout(go, 10));
      }
      await new Promise((go) => setTimeout(go, 300));
      child.kill("SIGINT");
      const { code, stdout, stderr } = await ended(child);
      assertEquals(code, EXIT.interrupted, stderr);
      const { conversations } = JSON.parse(stdout).ledger;
      const { read, ...buckets } = conversations;
      assertEquals(
        Object.values<number>(buckets).reduce((sum, count) => sum + count),
        read,
      );
      assert(read < 800);
      assertEquals(
        await Deno.stat(traces).catch((error) => error.name),
        "NotFound",
      );
      const next = await ended(
        spawnCli(["sync", input, "--data", file, "--json"]),
      );
      assertEquals(next.code, EXIT.ok, next.stderr);
      const after = JSON.parse(next.stdout).ledger.conversations;
      assertEquals(after.unchanged + after.changed + after.new, 800);
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a second interrupt ends the run at once", async () => {
  await withDatabase(async (file) => {
    // It waits for an export that never comes.
    const child = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "-q",
        "-P=sync",
        "src/main.ts",
        "sync",
        "-",
        "--data",
        file,
      ],
      cwd: ROOT,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    let over = false;
    const end = child.output().then(({ code }) => (over = true, code));
    await new Promise((go) => setTimeout(go, 1_000));
    for (let times = 0; times < 2 && !over; times++) {
      child.kill("SIGINT");
      await new Promise((go) => setTimeout(go, 200));
    }
    assertEquals(await end, EXIT.interrupted);
    await child.stdin.close().catch(() => {});
  });
});

Deno.test("--version and --help need no permission at all", async () => {
  for (const flag of ["--version", "--help"]) {
    const { code, stdout } = await ended(
      new Deno.Command(Deno.execPath(), {
        args: [
          "run",
          "-q",
          "--no-prompt",
          "--allow-env=NO_COLOR,FORCE_COLOR,TERM",
          `${ROOT}src/main.ts`,
          flag,
        ],
        stdin: "null",
        stdout: "piped",
        stderr: "piped",
      }).spawn(),
    );
    assertEquals(code, EXIT.ok);
    assertStringIncludes(stdout, "chatkeep");
  }
});

for (
  const [what, path] of [
    ["JSON", "original/conversations.json"],
    ["a ZIP", "sample-export.zip"],
  ]
) {
  Deno.test(`sync reads ${what} from standard input`, async () => {
    await withDatabase(async (file) => {
      const given = new Deno.Command(Deno.execPath(), {
        args: ["run", "-q", "--no-prompt", "-P=sync", "src/main.ts"].concat(
          ["sync", "-", "--data", file, "--json"],
        ),
        cwd: ROOT,
        stdin: "piped",
        stdout: "piped",
        stderr: "piped",
      }).spawn();
      const bytes = await Deno.readFile(`${TESTDATA}/${path}`);
      const writer = given.stdin.getWriter();
      // In pieces, the first of which tells nothing.
      await writer.write(bytes.slice(0, 1));
      await writer.write(bytes.slice(1));
      await writer.close();
      const ran = await ended(given);
      assertEquals(ran.code, EXIT.ok, ran.stderr);
      const { ledger } = JSON.parse(ran.stdout);
      assert(ledger.conversations.new > 2);
    });
  });
}

Deno.test("drift needs no more than its permission set, and creates nothing", async () => {
  await withDatabase(async (file) => {
    const ran = await ended(
      spawnCli(["drift", `${TESTDATA}/sample-export.zip`, "--data", file]),
    );
    assertEquals(ran.code, EXIT.ok, ran.stderr);
    assertStringIncludes(ran.stdout, "hologram");
    assertStringIncludes(ran.stdout, "No earlier export of this account");
    assertEquals(await exists(`${ROOT}${file}`), false);
  });
});

Deno.test("redact needs no more than its permission set", async () => {
  const path = `${ROOT}redacted.zip`;
  if (await exists(path)) return;
  try {
    const ran = await ended(
      spawnCli(["redact", `${TESTDATA}/sample-export.zip`]),
    );
    assertEquals(ran.code, EXIT.ok, ran.stderr);
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("plan, apply, runs and undo need no more than their permission sets", async () => {
  await withDatabase(async (file) => {
    const plan = `${file}.plan.json`;
    const here = ["--data", file];
    const input = `${TESTDATA}/sample-export.zip`;
    const run = async (...args: string[]) => {
      const ran = await ended(spawnCli([...args, "--json"]));
      assertEquals(ran.code, EXIT.ok, ran.stderr);
      return JSON.parse(ran.stdout);
    };
    const planned = await run("plan", input, "-o", plan, ...here);
    assertEquals(await exists(`${ROOT}${file}`), false);
    const applied = await run("apply", plan);
    assertEquals(applied.ledger, planned.ledger);
    const { runs } = await run("runs", ...here);
    assertEquals(runs.length, 1);
    assertEquals(runs[0].ledger, applied.ledger);
    const undone = await run("undo", runs[0].id, ...here);
    assertEquals(undone.ledger.rows.deleted, applied.ledger.rows.put);
    const again = await run("sync", input, ...here);
    assertEquals(again.ledger, applied.ledger);
    await run("verify", input, ...here);
    await run("unlock", ...here);
  });
});
