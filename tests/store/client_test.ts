import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { UserError } from "../../src/domain/errors.ts";
import { createClient, isLoopback, regionOf } from "../../src/store/client.ts";

Deno.test("createClient() sends no credentials to another machine unencrypted", () => {
  assertThrows(
    () => createClient({ endpoint: "http://box.example:8000", region: "r" }),
    UserError,
    "unencrypted",
  );
  assertThrows(
    () => createClient({ endpoint: "http://192.168.0.7", region: "r" }),
    UserError,
    "unencrypted",
  );
  createClient({ endpoint: "https://box.example", region: "r" }).destroy();
});

Deno.test("isLoopback() knows this machine and no other", () => {
  for (
    const url of [
      "http://localhost:1",
      "http://127.0.0.1",
      "http://127.9.8.7:2",
      "http://[::1]:3",
    ]
  ) {
    assertEquals(isLoopback(new URL(url)), true, url);
  }
  for (
    const url of [
      "http://localhost.evil.example",
      "http://10.0.0.1",
      "http://127.0.0.1.example",
      "http://[::2]",
    ]
  ) {
    assertEquals(isLoopback(new URL(url)), false, url);
  }
});

/** Runs a script on `client.ts` with these permissions and this environment and nothing else. */
async function isolated(
  script: string,
  permissions: string[],
  env: Record<string, string>,
): Promise<string> {
  const root = new URL("../../", import.meta.url);
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    const source = `import { createClient, regionOf } from "${
      new URL("src/store/client.ts", root).href
    }";\n${script}`;
    await Deno.writeTextFile(file, source);
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "-q",
        "--no-prompt",
        `--config=${root.pathname}deno.json`,
        ...permissions,
        file,
      ],
      clearEnv: true,
      env: {
        DENO_DIR: Deno.env.get("DENO_DIR") ??
          `${Deno.env.get("HOME")}/.cache/deno`,
        ...env,
      },
    }).output();
    return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  } finally {
    await Deno.remove(file);
  }
}

Deno.test("createClient() for this machine reads neither the environment nor ~/.aws", async () => {
  await using server = Deno.serve({
    port: 0,
    hostname: "127.0.0.1",
    onListen: () => {},
  }, () => Response.json({ TableNames: ["seen"] }));
  const script = `
    import { ListTablesCommand } from "@aws-sdk/client-dynamodb";
    const client = createClient({ endpoint: "http://127.0.0.1:${server.addr.port}" });
    console.log((await client.send(new ListTablesCommand({}))).TableNames);
    client.destroy();`;
  // HOME is allowed only because a module of the SDK reads it while it is loaded.
  const said = await isolated(script, [
    "--allow-net=127.0.0.1",
    "--allow-env=HOME",
    "--ignore-env",
  ], { HOME: "/nowhere" });
  assertEquals(said.trim(), '[ "seen" ]');
});

Deno.test("regionOf() finds the profile's region, and tells when there is none", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(
      `${folder}/config`,
      "[profile mine]\nregion = eu-central-1\n",
    );
    const script =
      `console.log(await regionOf(createClient({ profile: "mine" })));`;
    const env = { HOME: folder, AWS_CONFIG_FILE: `${folder}/config` };
    const permissions = [
      `--allow-read=${folder}`,
      "--allow-env=AWS_*,HOME",
      "--ignore-env",
    ];
    assertEquals(
      (await isolated(script, permissions, env)).trim(),
      "eu-central-1",
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  const client = createClient({});
  client.config.region = () => Promise.reject(new Error("Region is missing"));
  await assertRejects(() => regionOf(client), UserError, "No AWS region");
});
