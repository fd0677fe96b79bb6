import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { UserError } from "../../src/domain/errors.ts";
import { Journal } from "../../src/store/journal.ts";
import { within } from "../support/exports.ts";

const DAY = 24 * 3_600_000;
const RUN = { command: "sync", place: "here", table: "t" } as const;

function item(sort: string, content: string) {
  return {
    ConversationID: { S: "CONV#c" },
    ItemType: { S: sort },
    Content: { S: content },
  };
}

function journalTest(
  criterion: string,
  body: (file: string) => Promise<void>,
): void {
  Deno.test(`Journal ${criterion}`, async () => {
    await within({}, (folder) => body(join(folder, "sub", "journal.db")));
  });
}

journalTest(
  "gives back what was there before the run, not what it wrote itself",
  async (file) => {
    {
      using journal = await Journal.open(file);
      journal.begin({ id: "r", started: 1, ...RUN });
      const partition = "CONV#c";
      const bytes = {
        ...item("PIECE#1", ""),
        Data: { B: new Uint8Array([0, 255]) },
      };
      await journal.record("r", {
        partition,
        head: item("METADATA", "old"),
        items: [],
        added: [],
      });
      await journal.record("r", {
        partition,
        items: [item("MSG#1", "one"), bytes],
        added: ["MSG#2"],
      });
      await journal.record("r", {
        partition,
        head: item("METADATA", "later"),
        items: [item("MSG#1", "two"), item("MSG#2", "own")],
        added: ["MSG#1"],
      });
      await journal.record("r", {
        partition: "CONV#d",
        head: null,
        items: [],
        added: ["MSG#9"],
      });
      journal.end("r", { ended: 2, exitCode: 0, ledger: { rows: { put: 3 } } });
    }
    using journal = await Journal.open(file);
    assertEquals(journal.runs(), [
      {
        id: "r",
        started: 1,
        ended: 2,
        exitCode: 0,
        ledger: { rows: { put: 3 } },
        ...RUN,
      },
    ]);
    assertEquals(journal.partitions("r"), ["CONV#c", "CONV#d"]);
    const before = journal.before("r", "CONV#c");
    assertEquals(before.head, item("METADATA", "old"));
    assertEquals(before.items.map((one) => one["Content"]?.S), ["one", ""]);
    assertEquals([...before.items[1]?.["Data"]?.B ?? []], [0, 255]);
    assertEquals(before.added, ["MSG#2"]);
    assertEquals(journal.before("r", "CONV#d").head, null);
  },
);

journalTest(
  "forgets runs that are too old or too much, but never the one to be undone",
  async (file) => {
    using journal = await Journal.open(file);
    const noise = async (run: string) => {
      const text = Array.from({ length: 500 }, () => crypto.randomUUID()).join(
        "",
      );
      await journal.record(run, {
        partition: "CONV#c",
        items: [item("MSG#1", text)],
        added: [],
      });
    };
    const limits = { age: 10 * DAY, size: 15_000 };
    for (
      const [id, day] of [["old", 1], ["a", 20], ["b", 21], ["c", 22]] as const
    ) {
      journal.begin({ id, started: day * DAY, ...RUN });
      await noise(id);
    }
    journal.begin({ id: "d", started: 23 * DAY, ...RUN, undoes: "a" }, limits);
    assertEquals(journal.runs().map(({ id }) => id), ["d", "c", "a"]);
    assertEquals(journal.partitions("b"), []);
  },
);

journalTest(
  "keeps what comes at the same time all at once, each in its order, or says that it could not",
  async (file) => {
    using journal = await Journal.open(file);
    journal.begin({ id: "r", started: 1, ...RUN });
    const entry = (partition: string, text: string) =>
      journal.record("r", {
        partition,
        items: [item("MSG#1", text)],
        added: [],
      });
    await Promise.all([
      entry("CONV#a", "first"),
      entry("CONV#b", "b"),
      entry("CONV#a", "second"),
    ]);
    assertEquals(journal.partitions("r"), ["CONV#a", "CONV#b"]);
    const [kept] = journal.before("r", "CONV#a").items;
    assertEquals(kept?.["Content"]?.S, "first");
    const lost = journal.record("no such run", {
      partition: "CONV#c",
      items: [],
      added: [],
    });
    const also = entry("CONV#d", "d");
    await assertRejects(() => lost, Error, "FOREIGN KEY");
    await assertRejects(() => also, Error);
    assertEquals(journal.partitions("r"), ["CONV#a", "CONV#b"]);
    await entry("CONV#d", "d");
    assertEquals(journal.partitions("r").length, 3);
  },
);

journalTest("is for its owner alone", async (file) => {
  (await Journal.open(file))[Symbol.dispose]();
  if (Deno.build.os !== "windows") {
    assertEquals((await Deno.stat(file)).mode! & 0o777, 0o600);
  }
});

journalTest(
  "tells when its file is none, or of a later version",
  async (file) => {
    using journal = await Journal.open(file);
    journal.begin({ id: "r", started: 1, ...RUN });
    const { DatabaseSync } = await import("node:sqlite");
    const database = new DatabaseSync(file);
    database.exec("PRAGMA user_version = 99");
    database.close();
    await assertRejects(() => Journal.open(file), UserError, "later version");
    const other = `${file}.txt`;
    await Deno.writeTextFile(
      other,
      "no database at all, but long enough ".repeat(100),
    );
    await assertRejects(
      () => Journal.open(other),
      UserError,
      "--journal".slice(2),
    );
  },
);
