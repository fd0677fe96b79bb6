import { assertEquals } from "@std/assert";
import { renderRuns, renderUndo } from "../../src/render/runs.ts";

const RUN = {
  command: "sync",
  place: "/data/chatkeep.db",
  table: "ChatConversations",
  started: Date.UTC(2026, 10, 24, 9, 30, 5),
};

Deno.test("renderRuns() tells how each run ended, what it changed, and whether it was undone", () => {
  assertEquals(
    renderRuns([
      {
        ...RUN,
        id: "33333333-c",
        command: "undo",
        undoes: "11111111-a",
        ended: 3,
        exitCode: 0,
      },
      { ...RUN, id: "22222222-b" },
      {
        ...RUN,
        id: "11111111-a",
        ended: 1,
        exitCode: 3,
        ledger: {
          conversations: { read: 3, new: 2, changed: 0, failed: 1 },
          rows: { put: 9, deleted: 4 },
        },
      },
    ]),
    `33333333  2026-11-24T09:30:05Z  undo 11111111: exit status 0
          ChatConversations  /data/chatkeep.db
22222222  2026-11-24T09:30:05Z  sync: not ended
          ChatConversations  /data/chatkeep.db
11111111  2026-11-24T09:30:05Z  sync: exit status 3, undone by 33333333
          ChatConversations  /data/chatkeep.db
          3 conversations = 2 new + 1 failed; 9 rows written, 4 deleted`,
  );
});

Deno.test("renderUndo() writes its sum out", () => {
  assertEquals(
    renderUndo({
      conversations: {
        read: 5,
        restored: 3,
        untouched: 1,
        moved: 1,
        failed: 0,
      },
      rows: { put: 7, deleted: 2 },
    }),
    `Conversations  5 changed by the run = 3 restored + 1 untouched + 1 moved + 0 failed
Message rows   7 put back, 2 taken away`,
  );
});
