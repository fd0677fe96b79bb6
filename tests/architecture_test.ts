/** What may import what, and who alone may touch the process: read from the sources themselves. */

import { assertEquals } from "@std/assert";
import { walk } from "@std/fs";
import { fromFileUrl, relative } from "@std/path";

const ROOT = fromFileUrl(new URL("..", import.meta.url));

/** For each room: the rooms, files of rooms, and packages that it may import. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  domain: ["node:crypto"],
  parse: ["domain", "@zip.js/zip.js", "@std/fs", "@std/path", "node:"],
  parsed: ["domain", "@std/fs", "@std/path", "node:"],
  redact: ["domain", "parse", "@zip.js/zip.js", "@std/path", "node:"],
  store: ["domain", "@aws-sdk/", "@std/fs", "@std/path", "node:"],
  ingest: ["domain", "store/store.ts"],
  sync: ["domain", "ingest", "store/store.ts"],
  render: ["domain"],
  cli: [
    "domain",
    "parse",
    "parsed",
    "redact",
    "store",
    "ingest",
    "sync",
    "render",
    "@std/",
    "deno.json",
  ],
  main: ["cli", "domain/errors.ts"],
};

interface Source {
  /** Path below `src`, with forward slashes. */
  readonly path: string;
  readonly room: string;
  readonly text: string;
}

async function sources(): Promise<Source[]> {
  const found: Source[] = [];
  for await (const entry of walk(`${ROOT}/src`, { includeDirs: false })) {
    if (!entry.name.endsWith(".ts")) continue;
    const path = relative(`${ROOT}/src`, entry.path).replaceAll("\\", "/");
    const room = path.includes("/")
      ? path.slice(0, path.indexOf("/"))
      : path.replace(/\.ts$/, "");
    found.push({ path, room, text: await Deno.readTextFile(entry.path) });
  }
  return found;
}

/** The modules that a source imports, those of our own as paths below `src`. */
function imports({ path, text }: Source): string[] {
  const specifiers = text.matchAll(
    /^(?:import|export)\s(?:[^;"`]*?\sfrom\s)?"([^"]+)"|\bimport\("([^"]+)"\)/gm,
  );
  return [...specifiers].map(([, fixed, lazy]) => {
    const specifier = fixed ?? lazy ?? "";
    if (!specifier.startsWith(".")) return specifier;
    const url = new URL(specifier, `file:///src/${path}`).pathname;
    return url.startsWith("/src/") ? url.slice("/src/".length) : url.slice(1);
  });
}

Deno.test("each room imports only what it may", async () => {
  const strays: string[] = [];
  for (const source of await sources()) {
    const allowed = MAY_IMPORT[source.room];
    for (const target of imports(source)) {
      const fine = target.startsWith(`${source.room}/`) ||
        allowed?.some((prefix) =>
          target === prefix ||
          target.startsWith(/[/:]$/.test(prefix) ? prefix : `${prefix}/`)
        );
      if (!fine) strays.push(`${source.path} imports ${target}`);
    }
  }
  assertEquals(strays, []);
});

Deno.test("one file reads the environment, one writes to the terminal, one ends the process", async () => {
  const owners: Record<string, string> = {
    "Deno.env": "cli/config.ts",
    "Deno.stdout": "cli/console.ts",
    "Deno.stderr": "cli/console.ts",
    "Deno.exit(": "main.ts",
    "Deno.args": "main.ts",
    "console.log": "nobody",
    "console.error": "nobody",
  };
  const strays: string[] = [];
  for (const { path, text } of await sources()) {
    for (const [name, owner] of Object.entries(owners)) {
      const isTerminal = path === "main.ts" && name === "Deno.stderr";
      if (
        text.includes(name) && path !== owner && !isTerminal &&
        !text.includes(`.${name}`)
      ) {
        strays.push(`${path} uses ${name}`);
      }
    }
  }
  assertEquals(strays, []);
});

Deno.test("nothing leaves the machine but through the store", async () => {
  const strays = (await sources())
    .filter(({ room, text }) =>
      room !== "store" && /\bfetch\(|\bDeno\.connect|\bWebSocket\b/.test(text)
    )
    .map(({ path }) => path);
  assertEquals(strays, []);
});

Deno.test("help and parse load neither the AWS SDK nor the store", async () => {
  for (const entry of ["src/main.ts", "src/cli/parse.ts"]) {
    const graph = await new Deno.Command(Deno.execPath(), {
      args: ["info", "-q", "--json", entry],
      cwd: ROOT,
    }).output();
    const { modules } = JSON.parse(new TextDecoder().decode(graph.stdout));
    // A dynamic import is loaded only when its command is chosen.
    const eager = new Set<string>();
    const visit = (specifier: string) => {
      if (eager.has(specifier)) return;
      eager.add(specifier);
      const module = modules.find((candidate: { specifier: string }) =>
        candidate.specifier === specifier
      );
      for (const { code, isDynamic } of module?.dependencies ?? []) {
        if (!isDynamic && code?.specifier !== undefined) visit(code.specifier);
      }
    };
    visit(new URL(`../${entry}`, import.meta.url).href);
    assertEquals(
      [...eager].filter((name) =>
        /aws-sdk|src\/store\/(?!store\.ts)/.test(name)
      ),
      [],
    );
  }
});
