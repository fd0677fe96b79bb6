import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { fromFileUrl } from "@std/path";
import { EXIT, UserError } from "../../src/domain/errors.ts";
import { createClient } from "../../src/store/client.ts";
import { DynamoStore } from "../../src/store/dynamo.ts";
import { startEngine } from "../../src/store/engine.ts";
import { createTable } from "../../src/store/schema.ts";
import { conversation } from "../support/builders.ts";

async function withFolder(
  test: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "chatkeep-test-" });
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** A store on an engine, with its table. */
async function openStore(
  endpoint: string,
): Promise<{ store: DynamoStore } & AsyncDisposable> {
  const client = createClient({ endpoint });
  const access = { client, table: "ChatConversations", endpoint };
  await createTable(access);
  return {
    store: new DynamoStore(access),
    [Symbol.asyncDispose]: () => Promise.resolve(client.destroy()),
  };
}

async function isAnswering(endpoint: string): Promise<boolean> {
  const { hostname, port } = new URL(endpoint);
  return await Deno.connect({ hostname, port: Number(port) }).then(
    (connection) => (connection.close(), true),
    () => false,
  );
}

Deno.test("startEngine() finds the data of the run before, and stops when it is disposed of", async () => {
  await withFolder(async (folder) => {
    const file = `${folder}/deep/down/chat.db`;
    let endpoint: string;
    {
      await using engine = await startEngine({ file });
      endpoint = engine.endpoint;
      await using open = await openStore(endpoint);
      await open.store.finish(conversation({ id: "c" }), {
        digest: "digest",
        messageCount: 1,
      }, undefined);
    }
    assertEquals(await isAnswering(endpoint), false);
    await using engine = await startEngine({ file });
    await using open = await openStore(engine.endpoint);
    assertEquals((await open.store.heads(["c"])).get("c")?.digest, "digest");
  });
});

Deno.test("startEngine() keeps the data private to its owner", async () => {
  if (Deno.build.os === "windows") return;
  await withFolder(async (folder) => {
    const file = `${folder}/data/chat.db`;
    await using _engine = await startEngine({ file });
    assertEquals(
      ((await Deno.stat(`${folder}/data`)).mode ?? 0) & 0o777,
      0o700,
    );
    for await (const { name } of Deno.readDir(`${folder}/data`)) {
      const mode = ((await Deno.stat(`${folder}/data/${name}`)).mode ?? 0) &
        0o777;
      assertEquals(
        mode & 0o077,
        name.endsWith(".engine.json") ? mode & 0o077 : 0,
        name,
      );
    }
  });
});

Deno.test("startEngine() waits for another run, then says so", async () => {
  await withFolder(async (folder) => {
    const file = `${folder}/chat.db`;
    const first = await startEngine({ file });
    let waited = 0;
    const error = await assertRejects(
      () => startEngine({ file, waitMs: 200, onWait: () => waited++ }),
      UserError,
      file,
    );
    assertEquals([error.code, waited], [EXIT.locked, 1]);
    const second = startEngine({ file });
    await first[Symbol.asyncDispose]();
    await (await second)[Symbol.asyncDispose]();
  });
});

/** Starts an engine in a process of its own, stores a head, kills the process, and returns where it answered. */
async function killedRun(
  folder: string,
  options: { readonly file: string; readonly binary?: string },
): Promise<string> {
  const module = new URL("../../src/store/engine.ts", import.meta.url).href;
  const script = `import { startEngine } from "${module}";
    console.log((await startEngine(${JSON.stringify(options)})).endpoint);
    await new Promise(() => setInterval(() => {}, 1000));`;
  await Deno.writeTextFile(`${folder}/run.ts`, script);
  const config = new URL("../../deno.json", import.meta.url).pathname;
  const parent = new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", "-A", `--config=${config}`, `${folder}/run.ts`],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const reader = parent.stdout.getReader();
  const { value } = await reader.read();
  const endpoint = new TextDecoder().decode(value).trim();
  {
    await using open = await openStore(endpoint);
    await open.store.finish(conversation({ id: "c" }), {
      digest: "acknowledged",
      messageCount: 1,
    }, undefined);
  }
  parent.kill("SIGKILL");
  await parent.status;
  await reader.cancel();
  return endpoint;
}

async function hasAcknowledged(file: string): Promise<void> {
  await using engine = await startEngine({ file });
  await using open = await openStore(engine.endpoint);
  assertEquals(
    (await open.store.heads(["c"])).get("c")?.digest,
    "acknowledged",
  );
}

Deno.test({
  name: "startEngine()'s engine ends by itself when its run is killed",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await withFolder(async (folder) => {
      const file = `${folder}/chat.db`;
      const left = await killedRun(folder, { file });
      for (let looks = 0; await isAnswering(left); looks++) {
        assert(looks < 500, "the engine outlives its killed run");
        await new Promise((go) => setTimeout(go, 20));
      }
      await hasAcknowledged(file);
    });
  },
});

Deno.test("startEngine() stops the engine that a killed run left behind, and keeps its data", async () => {
  await withFolder(async (folder) => {
    const file = `${folder}/chat.db`;
    // The engine itself, which nothing ends with its run.
    const name = Deno.build.os === "windows" ? "dynoxide.exe" : "dynoxide";
    const engine = new URL(`../../vendor/engine/${name}`, import.meta.url);
    const left = await killedRun(folder, { file, binary: fromFileUrl(engine) });
    assert(await isAnswering(left), "there is nothing to stop");
    await hasAcknowledged(file);
    assertEquals(await isAnswering(left), false);
  });
});

Deno.test("startEngine() explains a program that is not there", async () => {
  await withFolder(async (folder) => {
    const error = await assertRejects(
      () =>
        startEngine({ file: `${folder}/chat.db`, binary: `${folder}/none` }),
      UserError,
    );
    assertStringIncludes(error.hint ?? "", "--engine PATH");
  });
});

Deno.test("startEngine() explains a file that is no database, in the engine's own words", async () => {
  await withFolder(async (folder) => {
    const file = `${folder}/chat.db`;
    await Deno.writeTextFile(
      file,
      "these are my notes, not a database ".repeat(100),
    );
    const error = await assertRejects(() => startEngine({ file }), UserError);
    assertMatch(error.message, /valid SQLite database/);
    assertStringIncludes(error.hint ?? "", "--data FILE");
    assertStringIncludes(await Deno.readTextFile(file), "these are my notes");
  });
});

Deno.test("startEngine() explains a place that cannot be written", async () => {
  await withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/file`, "");
    const error = await assertRejects(
      () => startEngine({ file: `${folder}/file/chat.db` }),
      UserError,
    );
    assertStringIncludes(error.message, `${folder}/file/chat.db`);
  });
});

Deno.test("startEngine() tells at once when the engine ends by itself, and not when it is stopped", async () => {
  await withFolder(async (folder) => {
    const file = `${folder}/chat.db`;
    let stopped: AbortSignal;
    {
      await using engine = await startEngine({ file });
      stopped = engine.signal;
    }
    assertEquals(stopped.aborted, false);
    await using engine = await startEngine({ file });
    const { pid } = JSON.parse(await Deno.readTextFile(`${file}.engine.json`));
    const ended = new Promise((go) =>
      engine.signal.addEventListener("abort", go, { once: true })
    );
    Deno.kill(pid, "SIGKILL");
    await ended;
    assert(engine.signal.reason instanceof UserError);
  });
});
