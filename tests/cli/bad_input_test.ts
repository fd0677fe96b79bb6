/** Bad input: a clear error with what to do next, the documented code, nothing lost. */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { EXIT } from "../../src/domain/errors.ts";
import { runCli, TESTDATA } from "../support/cli.ts";
import { ENGINE_NAME, openTestEngine } from "../support/engine.ts";

const SECRET = "the cellar key is under the mat";

async function withFiles(
  files: Record<string, string | Uint8Array>,
  test: (folder: string) => Promise<void>,
) {
  const folder = await Deno.makeTempDir({ prefix: "chatkeep-test-" });
  try {
    for (const [name, content] of Object.entries(files)) {
      await Deno.writeFile(
        `${folder}/${name}`,
        typeof content === "string"
          ? new TextEncoder().encode(content)
          : content,
      );
    }
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("parse explains every input that is no export", async () => {
  const zip = await Deno.readFile(`${TESTDATA}/sample-export.zip`);
  const inputs: Record<string, { content: string | Uint8Array; says: RegExp }> =
    {
      "truncated.zip": {
        content: zip.subarray(0, zip.length / 2),
        says: /truncated/,
      },
      "claude.json": {
        content: JSON.stringify([{
          uuid: "1",
          name: SECRET,
          chat_messages: [{ text: SECRET }],
        }]),
        says: /Claude/,
      },
      "grok.json": {
        content: JSON.stringify({
          conversations: [{
            conversation: { title: SECRET },
            responses: [{ response: {} }],
          }],
        }),
        says: /Grok/,
      },
      "letter.json": {
        content: `Dear diary, ${SECRET}`,
        says: /neither a ZIP nor JSON/,
      },
      "nothing.json": { content: "", says: /empty/ },
      "none.json": { content: "[]", says: /No conversation/ },
      "cut.json": {
        content: `[{"title":"${SECRET}","mapping":{"a":`,
        says: /cut off at byte \d+/,
      },
    };
  const files = Object.fromEntries(
    Object.entries(inputs).map(([name, { content }]) => [name, content]),
  );
  await withFiles(files, async (folder) => {
    for (const [name, { says }] of Object.entries(inputs)) {
      const output = `${folder}/output`;
      const { code, stdout, stderr } = await runCli([
        "parse",
        `${folder}/${name}`,
        "-o",
        output,
      ]);
      assertEquals(code, EXIT.error, `${name}: ${stderr}`);
      assertMatch(stderr, says);
      assertStringIncludes(stderr, "error: ");
      assertEquals(
        `${stdout}${stderr}`.includes(SECRET),
        false,
        `${name} leaks`,
      );
      assertEquals(
        await Deno.stat(output).catch((error) => error.name),
        "NotFound",
        `${name} left output behind`,
      );
    }
  });
});

Deno.test("parse explains paths that lead nowhere", async () => {
  await withFiles({}, async (folder) => {
    const missing = await runCli([
      "parse",
      `${folder}/none.zip`,
      "-o",
      `${folder}/out`,
    ]);
    assertEquals(missing.code, EXIT.error);
    assertStringIncludes(missing.stderr, `"${folder}/none.zip": no such file`);
    const empty = await runCli(["parse", folder, "-o", `${folder}/out`]);
    assertEquals(empty.code, EXIT.error);
    assertStringIncludes(empty.stderr, "no ZIP and no JSON file");
  });
});

Deno.test("parse refuses to write over a file that is not its own", async () => {
  await withFiles({}, async (folder) => {
    const id = "20000000-0000-4000-8000-000000000001";
    const theirs = `${folder}/${id}_parsed.json`;
    await Deno.writeTextFile(theirs, "my notes");
    const { code, stderr } = await runCli([
      "parse",
      `${TESTDATA}/original`,
      "-o",
      folder,
      "--archive",
      `${folder}/old`,
    ]);
    assertEquals(code, EXIT.error);
    assertStringIncludes(stderr, theirs);
    assertEquals(await Deno.readTextFile(theirs), "my notes");
  });
});

Deno.test("sync explains an endpoint that does not answer", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  const args = [
    "sync",
    `${TESTDATA}/original`,
    "--endpoint-url",
    `http://127.0.0.1:${port}`,
    "--json",
  ];
  const { code, stdout, stderr } = await runCli(args);
  assertEquals(code, EXIT.error);
  assertStringIncludes(
    stderr,
    `Cannot reach DynamoDB at http://127.0.0.1:${port}: connection refused`,
  );
  assertStringIncludes(JSON.parse(stdout).error.message, "connection refused");
});

Deno.test("sync explains a place where the embedded table cannot be", async () => {
  await withFiles({ "a-file": "" }, async (folder) => {
    const args = [
      "sync",
      `${TESTDATA}/original`,
      "--data",
      `${folder}/a-file/chatkeep.db`,
    ];
    const { code, stderr } = await runCli(args);
    assertEquals(code, EXIT.error);
    assertStringIncludes(stderr, `${folder}/a-file/chatkeep.db`);
    assertStringIncludes(stderr, "--data FILE");
  });
});

Deno.test("sync explains an embedded engine that is not there", async () => {
  await withFiles({}, async (folder) => {
    const args = [
      "sync",
      `${TESTDATA}/original`,
      "--data",
      `${folder}/x.db`,
      "--engine",
      `${folder}/no-engine`,
    ];
    const { code, stderr } = await runCli(args);
    assertEquals(code, EXIT.error);
    assertStringIncludes(stderr, "deno task setup");
  });
});

Deno.test(`sync reads the export before it touches the table (${ENGINE_NAME})`, async () => {
  await using engine = await openTestEngine();
  await using access = await engine.temporaryTable();
  const where = ["--endpoint-url", engine.endpoint, "--table", access.table];
  const { code, stderr } = await runCli([
    "sync",
    "/no/such/export.zip",
    ...where,
  ]);
  assertEquals(code, EXIT.error);
  assertEquals(stderr.includes("Table "), false);
});

Deno.test("a wrong command line ends with its own code and, with --json, as JSON", async () => {
  const { code, stdout, stderr } = await runCli([
    "sync",
    "--tabel",
    "x",
    "--json",
  ]);
  assertEquals(code, EXIT.usage);
  assertEquals(JSON.parse(stdout).exitCode, EXIT.usage);
  assertStringIncludes(stderr, 'did you mean "--table"?');
});
