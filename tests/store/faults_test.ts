/** The store against a network and a server that fail in every way they are known to. */

import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { applyConversation } from "../../src/ingest/apply.ts";
import { createClient } from "../../src/store/client.ts";
import { DynamoStore } from "../../src/store/dynamo.ts";
import { EXIT, UserError } from "../../src/domain/errors.ts";
import {
  createTable,
  deleteTable,
  type TableAccess,
} from "../../src/store/schema.ts";
import { conversation, message, thread } from "../support/builders.ts";
import { ENGINE_NAME, openTestEngine } from "../support/engine.ts";
import {
  type Fault,
  type FaultProxy,
  startFaultProxy,
} from "../support/fault_proxy.ts";

/** In every message: no error may quote it. */
const SECRET = "under the third flowerpot";
const MESSAGES = thread(
  ...Array.from({ length: 30 }, (_, index) => `${SECRET} ${index}`),
);
const PUTS = MESSAGES.map((one) => ({ message: one, digest: "d" }));

interface World {
  readonly proxy: FaultProxy;
  /** The store behind the proxy. */
  readonly store: DynamoStore;
  /** The same table, past the proxy. */
  readonly access: TableAccess;
  readonly direct: DynamoStore;
}

interface WorldOptions {
  readonly deadline?: number;
  readonly signal?: AbortSignal;
  readonly transactions?: "always";
}

function faultTest(
  criterion: string,
  body: (world: World) => Promise<void>,
  { deadline = 20_000, signal, transactions }: WorldOptions = {},
): void {
  // After a failed request the SDK's own timers run on for a while, into the test that follows.
  const options = { sanitizeOps: false, sanitizeResources: false };
  Deno.test(`DynamoStore ${criterion} (${ENGINE_NAME})`, options, async () => {
    await using engine = await openTestEngine();
    await using access: TableAccess & AsyncDisposable = await engine
      .temporaryTable();
    await using proxy = startFaultProxy(engine.endpoint);
    const client = createClient({
      endpoint: proxy.endpoint,
      timeouts: { connect: 500, answer: 500 },
    });
    try {
      const store = new DynamoStore({
        client,
        table: access.table,
        endpoint: proxy.endpoint,
        signal,
        patience: { deadline },
        ...(transactions && { transactions }),
      });
      await body({ proxy, store, access, direct: new DynamoStore(access) });
    } finally {
      client.destroy();
    }
  });
}

/** A fault for the first so many requests. */
function first(count: number, fault: Fault): FaultProxy["choose"] {
  return ({ index }) => index < count ? fault : undefined;
}

const PASSING: Record<string, Fault> = {
  "throttling": {
    kind: "error",
    status: 400,
    type: "ProvisionedThroughputExceededException",
  },
  "a failing server": {
    kind: "error",
    status: 500,
    type: "InternalServerError",
  },
  "a failure after the write was done": {
    kind: "error-after",
    status: 500,
    type: "InternalServerError",
  },
  "a connection broken before the request was read": { kind: "reset" },
  "a connection broken after the write was done": { kind: "reset-after" },
  "an answer cut off": { kind: "truncate" },
  "a server that says nothing": { kind: "hang" },
  "a server that falls silent in the middle of an answer": { kind: "stall" },
  "a request that arrives after the server has failed": {
    kind: "late",
    milliseconds: 30,
  },
  "requests that arrive twice": { kind: "duplicate" },
  "a slow network": { kind: "slow", milliseconds: 200 },
  "a clock that is wrong for a while": {
    kind: "error",
    status: 400,
    type: "RequestTimeTooSkewed",
  },
};

for (const [name, fault] of Object.entries(PASSING)) {
  const getsOver: Parameters<typeof faultTest>[1] = async (
    { proxy, store, direct },
  ) => {
    proxy.choose = first(2, fault);
    const candidate = {
      conversation: conversation({ id: "c", messages: MESSAGES }),
      complete: true,
    };
    const outcome = await applyConversation(
      candidate,
      (await store.heads(["c"])).get("c"),
      store,
    );
    assertEquals([outcome.result, outcome.rows.put], ["new", 30]);
    await proxy.settled();
    proxy.choose = ({ index }) => index % 2 === 0 ? fault : undefined;
    const changed = {
      ...candidate,
      conversation: conversation({ id: "c", messages: MESSAGES.slice(0, 10) }),
    };
    const second = await applyConversation(
      changed,
      (await store.heads(["c"])).get("c"),
      store,
    );
    assertEquals([second.result, second.rows], ["changed", {
      put: 0,
      deleted: 20,
      edited: 0,
      absent: 0,
      withheld: 0,
      kept: 0,
    }]);
    await proxy.settled();
    assertEquals((await direct.rows("c")).size, 10);
    assert((await direct.heads(["c"])).get("c")?.digest !== undefined);
  };
  faultTest(`gets over ${name}`, getsOver);
  const transactions = "always";
  faultTest(`gets over ${name} in transactions`, getsOver, { transactions });
}

faultTest(
  "sends again what a batch hands back",
  async ({ proxy, store, direct }) => {
    proxy.choose = ({ operation, index }) =>
      operation.startsWith("Batch")
        ? { kind: "unprocessed", keep: index % 4 }
        : undefined;
    assertEquals(await store.write("c", { puts: PUTS, deletes: [] }), {
      put: 30,
      deleted: 0,
      rejected: [],
    });
    assertEquals((await direct.rows("c")).size, 30);
    const ids = Array.from({ length: 12 }, (_, index) => `c${index}`);
    for (const id of ids) {
      await direct.finish(
        conversation({ id }),
        { digest: id, messageCount: 1 },
        undefined,
      );
    }
    assertEquals(new Set((await store.heads(ids)).keys()), new Set(ids));
  },
);

faultTest(
  "gives up on a batch that is handed back for ever, and counts what was written",
  async ({ proxy, store }) => {
    let batches = 0;
    proxy.choose = () =>
      batches++ === 0 ? undefined : { kind: "unprocessed", keep: 0 };
    const result = await store.write("c", { puts: PUTS, deletes: [] });
    assertEquals([result.put, result.error?.message], [
      25,
      "DynamoDB went on throttling",
    ]);
  },
  { deadline: 300 },
);

faultTest(
  "writes the neighbours of an item that is refused, and names it alone",
  async ({ proxy, store, direct }) => {
    proxy.choose = ({ body }) =>
      body.includes(`${SECRET} 13"`)
        ? { kind: "error", status: 400, type: "ValidationException" }
        : undefined;
    const result = await store.write("c", { puts: PUTS, deletes: ["x"] });
    assertEquals([result.put, result.deleted, result.error], [
      29,
      0,
      undefined,
    ]);
    assertEquals(result.rejected, [{
      messageId: "m13",
      reason: "DynamoDB refuses it: ValidationException",
    }]);
    assertEquals((await direct.rows("c")).has("m13"), false);
  },
);

faultTest(
  "deletes nothing when not all was put",
  async ({ proxy, store, direct }) => {
    await direct.write("c", {
      puts: [{ message: message({ id: "old" }), digest: "d" }],
      deletes: [],
    });
    proxy.choose = ({ body }) =>
      body.includes(`${SECRET} 29"`) ? { kind: "reset" } : undefined;
    const result = await store.write("c", { puts: PUTS, deletes: ["old"] });
    assertEquals([result.put, result.deleted], [25, 0]);
    assertStringIncludes(result.error?.message ?? "", "connection reset");
    assertEquals((await direct.rows("c")).has("old"), true);
  },
  { deadline: 300 },
);

faultTest(
  "tells of a server that is gone without a word of a message",
  async ({ proxy, store }) => {
    await proxy[Symbol.asyncDispose]();
    const result = await store.write("c", { puts: PUTS, deletes: [] });
    assertEquals(result.put, 0);
    assertStringIncludes(
      result.error?.message ?? "",
      `Cannot reach DynamoDB at ${proxy.endpoint}: connection refused`,
    );
    assertEquals(JSON.stringify(result).includes(SECRET), false);
    const error = await assertRejects(() => store.heads(["c"]), Error);
    assertStringIncludes(error.message, "connection refused");
  },
  { deadline: 300 },
);

for (
  const type of [
    "AccessDeniedException",
    "UnrecognizedClientException",
  ]
) {
  faultTest(`does not try ${type} again`, async ({ proxy, store }) => {
    proxy.choose = () => ({ kind: "error", status: 400, type });
    const { error } = await store.write("c", {
      puts: PUTS.slice(0, 1),
      deletes: [],
    });
    assertStringIncludes(
      error?.message ?? "",
      `refuses the credentials: ${type}`,
    );
    assertEquals(proxy.seen.length, 1);
  });
}

faultTest(
  "goes on with new credentials when its own expire, and gives up when there are none",
  async ({ proxy, access, direct }) => {
    let current = "old";
    const client = createClient({ endpoint: proxy.endpoint });
    client.config.credentials = () =>
      Promise.resolve({ accessKeyId: current, secretAccessKey: "x" });
    try {
      const { endpoint } = proxy;
      const store = new DynamoStore({
        client,
        table: access.table,
        endpoint,
        patience: { deadline: 1_000 },
      });
      await store.heads(["c"]);
      let refused = 0;
      proxy.choose = ({ accessKey }) => {
        if (accessKey === "new") return undefined;
        // They come while it waits for them.
        if (++refused === 3) current = "new";
        return { kind: "error", status: 400, type: "ExpiredTokenException" };
      };
      const changes = { puts: PUTS, deletes: [] };
      const { put, error } = await store.write("c", changes);
      assertEquals([put, error], [30, undefined]);
      assertEquals((await direct.rows("c")).size, 30);
      current = "newer";
      await client.config.credentials({ forceRefresh: true });
      const given = await store.write("c", changes);
      assertEquals(given.put, 0);
      assertStringIncludes(
        given.error?.message ?? "",
        "refuses the credentials: ExpiredTokenException",
      );
    } finally {
      client.destroy();
    }
  },
);

const interrupt = new AbortController();
faultTest("ends at once when it is interrupted", async ({ proxy, store }) => {
  proxy.choose = () => {
    setTimeout(() => interrupt.abort(), 20);
    return { kind: "hang" };
  };
  const start = performance.now();
  const result = await store.write("c", { puts: PUTS, deletes: [] });
  assert(result.error !== undefined);
  assert(performance.now() - start < 400, "it waited for the time-out");
}, { signal: interrupt.signal });

faultTest(
  "tells of a table that vanished, with the code for that",
  async ({ access }) => {
    const own = { ...access, table: `test-${crypto.randomUUID()}` };
    await createTable(own);
    const store = new DynamoStore(own);
    await store.write("c", { puts: PUTS, deletes: [] });
    await deleteTable(own);
    const error = await assertRejects(() => store.heads(["c"]), UserError);
    assertEquals(error.code, EXIT.tableMissing);
    const written = await store.write("c", { puts: PUTS, deletes: [] });
    assert(written.error instanceof UserError);
    assertEquals(written.put, 0);
  },
);
