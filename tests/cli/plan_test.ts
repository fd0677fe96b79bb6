/** What would be done, what was done, and taking it back, from the outside. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { exists } from "@std/fs";
import { join } from "@std/path";
import { EXIT } from "../../src/domain/errors.ts";
import { DynamoStore } from "../../src/store/dynamo.ts";
import { acquireLock } from "../../src/store/lock.ts";
import type { TableAccess } from "../../src/store/schema.ts";
import { rawConversation } from "../support/builders.ts";
import { type Ran, runCli } from "../support/cli.ts";
import { ENGINE_NAME, openTestEngine } from "../support/engine.ts";
import { within } from "../support/exports.ts";

const SECRET = "under the third flowerpot";
const OWNER = { "user.json": JSON.stringify({ id: "user-1" }) };

function chats(...given: [id: string, ...messages: string[]][]): string {
  return JSON.stringify(given.map(([id, ...messages], index) =>
    rawConversation(
      id,
      messages.map((name) => ({
        id: `${id}-${name}`,
        text: `${SECRET} ${name}`,
      })),
      { fields: { update_time: 1_700_000_000 + index } },
    )
  ));
}

const FIRST = chats(["a", "1", "2"], ["b", "1"], ["c", "1"]);
const SECOND = chats(["a", "1", "3"], ["b", "1"], ["d", "1"]);

interface Scene {
  readonly folder: string;
  /** Runs a command on the table, as JSON. */
  readonly run: (...args: string[]) => Promise<Ran & { report: Report }>;
  readonly store: DynamoStore;
  readonly access: TableAccess;
}

// deno-lint-ignore no-explicit-any -- reports differ by command
type Report = any;

function planTest(
  criterion: string,
  body: (scene: Scene) => Promise<void>,
): void {
  Deno.test(`${criterion} (${ENGINE_NAME})`, async () => {
    await using engine = await openTestEngine();
    await using access = await engine.temporaryTable();
    const files = {
      "first/conversations.json": FIRST,
      "first/user.json": OWNER["user.json"],
      "second/conversations.json": SECOND,
      "second/user.json": OWNER["user.json"],
    };
    await within(files, async (folder) => {
      const env = { CHATKEEP_JOURNAL: join(folder, "journal.db") };
      const where = [
        "--endpoint-url",
        engine.endpoint,
        "--table",
        access.table,
      ];
      const run = async (...args: string[]) => {
        const target = args[0] === "apply" ? [] : where;
        const ran = await runCli([...args, ...target, "--json"], { env });
        assertEquals(ran.stdout.includes(SECRET), false);
        assertEquals(ran.stderr.includes(SECRET), false);
        return { ...ran, report: JSON.parse(ran.stdout) };
      };
      await body({ folder, run, access, store: new DynamoStore(access) });
    });
  });
}

async function ids(store: DynamoStore): Promise<Record<string, string[]>> {
  const all: Record<string, string[]> = {};
  for (const id of (await Array.fromAsync(store.conversationIds())).sort()) {
    const stored = await store.read(id);
    all[id] = stored?.rows.map(({ messageId }) => messageId) ?? [];
  }
  return all;
}

const AFTER_FIRST = { a: ["a-1", "a-2"], b: ["b-1"], c: ["c-1"] };
const AFTER_SECOND = { a: ["a-1", "a-3"], b: ["b-1"], c: ["c-1"], d: ["d-1"] };

planTest(
  "plan writes nothing, and apply does what it says",
  async ({ folder, run, store }) => {
    const plan = join(folder, "plan.json");
    const first = join(folder, "first");
    const planned = await run("plan", first, "-o", plan, "--detailed-exitcode");
    assertEquals(planned.code, EXIT.changes);
    assertEquals(await ids(store), {});
    const text = await Deno.readTextFile(plan);
    assertEquals(text.includes(SECRET), false);
    if (Deno.build.os !== "windows") {
      assertEquals((await Deno.stat(plan)).mode! & 0o777, 0o600);
    }
    const applied = await run("apply", plan);
    assertEquals(applied.code, EXIT.ok, applied.stderr);
    assertEquals(await ids(store), AFTER_FIRST);
    assertEquals(applied.report.ledger, planned.report.ledger);
    assertEquals(
      applied.report.capacity.predictedWrite,
      planned.report.capacity.write,
    );
    const again = await run("plan", first, "--detailed-exitcode");
    assertEquals([again.code, again.report.capacity.write], [EXIT.ok, 0]);
  },
);

planTest(
  "plan predicts the write units of deletes and of larger items that are replaced",
  async ({ folder, run }) => {
    const long = join(folder, "long.json");
    const turns = [
      { id: "1", text: "x".repeat(5_000) },
      { id: "2", text: "y".repeat(9_000) },
    ];
    const short = [{ id: "1", text: "x" }];
    await Deno.writeTextFile(
      long,
      JSON.stringify([rawConversation("a", turns)]),
    );
    const loaded = await run("sync", long);
    const { write, predictedWrite } = loaded.report.capacity;
    assertEquals(write, predictedWrite);
    await Deno.writeTextFile(
      long,
      JSON.stringify([
        rawConversation("a", short, { fields: { update_time: 1_800_000_000 } }),
      ]),
    );
    const planned = await run("plan", long);
    const done = await run("sync", long);
    assertEquals(
      planned.report.capacity.write,
      done.report.capacity.predictedWrite,
    );
    assertEquals(
      done.report.capacity.write,
      done.report.capacity.predictedWrite,
    );
  },
);

planTest(
  "apply refuses when the export or the table moved, and what is no plan",
  async ({ folder, run, store }) => {
    const plan = join(folder, "plan.json");
    const first = join(folder, "first");
    await run("sync", first);
    await run("plan", join(folder, "second"), "-o", plan);
    const moved = async () => {
      const refused = await run("apply", plan);
      assertEquals(refused.code, EXIT.error);
      assertStringIncludes(refused.stderr, "changed since the plan was made");
    };
    await Deno.writeTextFile(join(folder, "second/conversations.json"), FIRST);
    await moved();
    await Deno.writeTextFile(join(folder, "second/conversations.json"), SECOND);
    const begun = await store.begin("a", (await store.heads(["a"])).get("a"));
    assert(begun !== undefined);
    await moved();
    assertEquals(await ids(store), AFTER_FIRST);
    for (
      const text of [
        "",
        "{}",
        "[1]",
        '{"chatkeep":"plan","version":2,"inputs":[],"settings":{},"rules":{},"changes":{},"units":{}}',
      ]
    ) {
      await Deno.writeTextFile(plan, text);
      const refused = await run("apply", plan);
      assertEquals(refused.code, EXIT.error);
      assertStringIncludes(refused.stderr, "Cannot use the plan");
    }
    assertEquals((await run("apply", join(folder, "none"))).code, EXIT.error);
  },
);

planTest(
  "--prune deletes conversations that are not in the export, where that is certain",
  async ({ folder, run, store }) => {
    await run("sync", join(folder, "first"));
    const second = join(folder, "second");
    const limited = await run(
      "sync",
      second,
      "--prune",
      "--max-delete",
      "1",
      "--explain",
    );
    assertEquals(limited.code, EXIT.deleteLimit);
    assertEquals((await ids(store))["c"], ["c-1"]);
    const done = await run("sync", second, "--prune", "--explain");
    assertEquals(done.code, EXIT.ok, done.stderr);
    assertEquals(await ids(store), {
      a: ["a-1", "a-3"],
      b: ["b-1"],
      d: ["d-1"],
    });
    assertEquals(done.report.ledger.pruned, 1);
    assertEquals(done.report.ledger.rows.absent, 1);
    assert(
      done.report.fates.some((one: Report) =>
        one.fate === "absent" && one.conversationId === "c"
      ),
    );

    const refuses = async (why: string) => {
      const before = await ids(store);
      const refused = await run(
        "sync",
        join(folder, "other"),
        "--prune",
        "--allow-other-account",
      );
      assertEquals(refused.code, EXIT.incomplete);
      assertStringIncludes(refused.stderr, why);
      const after = await ids(store);
      for (const id of Object.keys(before)) assert(id in after, id);
    };
    const other = join(folder, "other");
    await Deno.mkdir(other);
    await Deno.writeTextFile(
      join(other, "conversations.json"),
      chats(["e", "1"]),
    );
    await refuses("does not say whose it is");
    await Deno.writeTextFile(join(other, "user.json"), OWNER["user.json"]);
    await Deno.writeTextFile(
      join(other, "conversations.json"),
      `[${chats(["e", "1"]).slice(1, -1)}, {"mapping": 7}]`,
    );
    await refuses("not all of it could be read");
    await Deno.writeTextFile(
      join(other, "conversations.json"),
      chats(["e", "1"]),
    );
    await Deno.writeTextFile(
      join(other, "user.json"),
      JSON.stringify({ id: "user-2" }),
    );
    // Nothing in the table is of this account, so nothing of it is missing.
    const before = await ids(store);
    const all = ["--prune", "--allow-other-account"];
    const stranger = await run("sync", other, ...all);
    assertEquals(stranger.code, EXIT.ok, stranger.stderr);
    assertEquals(await ids(store), before);
  },
);

planTest(
  "runs lists what was done, and undo takes it back",
  async ({ folder, run, store, access }) => {
    await run("sync", join(folder, "first"));
    const second = await run("sync", join(folder, "second"));
    const listed = await run("runs");
    assertEquals(listed.report.runs.map((one: Report) => one.command), [
      "sync",
      "sync",
    ]);
    assertEquals(listed.report.runs[0].id, second.report.run);
    assertEquals(listed.report.runs[0].ledger, second.report.ledger);
    assertEquals(await ids(store), AFTER_SECOND);

    const id = second.report.run;
    const limited = await run("undo", id, "--max-delete", "0");
    assertEquals(limited.code, EXIT.deleteLimit);
    assertEquals(await ids(store), AFTER_SECOND);
    const undone = await run("undo", id.slice(0, 8));
    assertEquals(undone.code, EXIT.ok, undone.stderr);
    assertEquals(await ids(store), AFTER_FIRST);
    assertEquals((await run("verify", join(folder, "first"))).code, EXIT.ok);

    // Undoing is a run like any other.
    const redone = await run("undo", undone.report.run);
    assertEquals(redone.code, EXIT.ok, redone.stderr);
    assertEquals(await ids(store), AFTER_SECOND);

    // What moved since stays as it is.
    const third = await run("sync", join(folder, "first"), "--allow-older");
    assertEquals(third.code, EXIT.ok);
    await new DynamoStore(access).begin(
      "a",
      (await store.heads(["a"])).get("a"),
    );
    const partly = await run("undo", third.report.run);
    assertEquals(partly.code, EXIT.incomplete);
    assertEquals(partly.report.ledger.conversations.moved, 1);

    for (const word of ["zzz", ""]) {
      assertEquals((await run("undo", word)).code, EXIT.usage);
    }
  },
);

planTest(
  "undo refuses another table than that of the run",
  async ({ folder, run }) => {
    const { report } = await run("sync", join(folder, "first"));
    const other = join(folder, "other.db");
    const env = { CHATKEEP_JOURNAL: join(folder, "journal.db") };
    const refused = await runCli(["undo", report.run, "--data", other], {
      env,
    });
    assertEquals(refused.code, EXIT.error);
    assertStringIncludes(refused.stderr, "not to this one");
    const none = await runCli(["undo", "x", "--data", other]);
    assertEquals(none.code, EXIT.error);
    // Nothing is created only to look.
    assertEquals(await exists(other), false);
  },
);

planTest(
  "--max-wcu stops a run in order, and the next goes on",
  async ({ folder, run, store }) => {
    const stopped = await run("sync", join(folder, "first"), "--max-wcu", "4");
    assertEquals(stopped.code, EXIT.incomplete);
    assertStringIncludes(stopped.stderr, "--max-wcu");
    assert(stopped.report.capacity.write <= 4);
    const { conversations } = stopped.report.ledger;
    assert(conversations.failed > 0);
    assertEquals(conversations.read, conversations.new + conversations.failed);
    const done = await run("sync", join(folder, "first"), "--rate", "1000");
    assertEquals(done.code, EXIT.ok, done.stderr);
    assertEquals(await ids(store), AFTER_FIRST);
  },
);

planTest(
  "--atomic writes each conversation in one transaction",
  async ({ folder, run, store }) => {
    const { code, report } = await run(
      "sync",
      join(folder, "first"),
      "--atomic",
    );
    assertEquals(code, EXIT.ok);
    assertEquals(await ids(store), AFTER_FIRST);
    assertEquals(report.ledger.rows.put, 4);
    const second = await run("sync", join(folder, "second"), "--atomic");
    assertEquals(second.code, EXIT.ok);
    assertEquals(await ids(store), AFTER_SECOND);
  },
);

planTest(
  "a run that finds the table locked ends with 11, and unlock tells by whom",
  async ({ folder, run, access }) => {
    assertEquals((await run("unlock")).code, EXIT.ok);
    await using _ = await acquireLock(access, {
      run: "other-run",
      lease: 1_500,
    });
    const refused = await run("sync", join(folder, "first"));
    assertEquals(refused.code, EXIT.locked);
    const told = await run("unlock");
    assertEquals(told.code, EXIT.locked);
    assertStringIncludes(told.stderr, "other-run");
    assertEquals((await run("unlock", "--force")).code, EXIT.ok);
    assertEquals((await run("sync", join(folder, "first"))).code, EXIT.ok);
  },
);

planTest(
  "two runs at once on one table take turns",
  async ({ folder, run, store }) => {
    const runs = await Promise.all([
      run("sync", join(folder, "second")),
      run("sync", join(folder, "second")),
    ]);
    assertEquals(runs.map(({ code }) => code), [EXIT.ok, EXIT.ok]);
    const counts = runs.map(({ report }) => report.ledger.conversations.new);
    assertEquals(counts.sort(), [0, 3]);
    assertEquals(await ids(store), {
      a: ["a-1", "a-3"],
      b: ["b-1"],
      d: ["d-1"],
    });
  },
);
