/**
 * Fetches what a first run needs into `vendor/`, and does nothing once that is there:
 *
 * - the embedded DynamoDB engine for this platform, from its npm package, and what keeps it from outliving us;
 * - where JSR cannot be reached, stand-ins for the `@std` packages, made from the npm package that
 *   carries their JavaScript and the declarations beside this file. Where JSR can be reached Deno
 *   fills `vendor/` itself and this script stays out of its way.
 *
 * It imports nothing, so that it runs before anything is installed, and never touches `deno.lock`.
 *
 * @module
 */

/** The one place that pins the engine's version. */
const ENGINE_VERSION = "1.2.1";
/** The npm package with the JavaScript of `@std`, one folder a package. */
const STD_ON_NPM = { name: "deno-std", version: "1.4.0" };
/** What each stand-in takes from that package; `fs` is not in it and stands beside this file whole. */
const STD_FOLDERS: Record<string, readonly string[]> = {
  assert: ["assert", "internal"],
  cli: ["cli", "internal"],
  fs: [],
  path: ["path", "internal"],
};

const root = new URL("../", import.meta.url);
const vendor = new URL("vendor/", root);

async function main(): Promise<void> {
  await placeLeash();
  const engine = await engineWanted();
  const std = await standInsWanted();
  if (engine === undefined && std.length === 0) return;
  const dependencies: Record<string, string> = {};
  if (engine !== undefined) dependencies[engine.package] = ENGINE_VERSION;
  if (std.length > 0) dependencies[STD_ON_NPM.name] = STD_ON_NPM.version;
  const staging = new URL(`staging-${Deno.pid}/`, vendor);
  try {
    const packages = await install(staging, dependencies);
    if (engine !== undefined) {
      await placeEngine(new URL(`${engine.package}/`, packages), engine);
    }
    for (const name of std) {
      await placeStandIn(name, new URL(`${STD_ON_NPM.name}/`, packages));
    }
  } finally {
    await Deno.remove(staging, { recursive: true });
  }
}

interface Engine {
  readonly package: string;
  readonly file: string;
}

/** The engine to fetch, or undefined: it is there already, or none is published for this platform. */
async function engineWanted(): Promise<Engine | undefined> {
  const os = ({ linux: "linux", darwin: "darwin", windows: "win32" } as Record<
    string,
    string
  >)[Deno.build.os];
  const cpu = Deno.build.arch === "aarch64" ? "arm64" : "x64";
  if (os === undefined || (os === "win32" && cpu === "arm64")) return undefined;
  const file = os === "win32" ? "dynoxide.exe" : "dynoxide";
  const marker = await readText(new URL("engine/VERSION", vendor));
  return marker === ENGINE_VERSION
    ? undefined
    : { package: `@dynoxide/${os}-${cpu}`, file };
}

async function placeEngine(from: URL, { file }: Engine): Promise<void> {
  const source = new URL(file, from);
  await placeProgram(file, (copy) => Deno.copyFile(source, copy));
  await Deno.writeTextFile(new URL("engine/VERSION", vendor), ENGINE_VERSION);
}

/** What ends the engine with the program that started it; Windows has no shell for it. */
async function placeLeash(): Promise<void> {
  if (Deno.build.os === "windows") return;
  const file = "dynoxide-leash";
  const wanted = await Deno.readTextFile(new URL(file, import.meta.url));
  if (await readText(new URL(`engine/${file}`, vendor)) === wanted) return;
  await placeProgram(file, (copy) => Deno.writeTextFile(copy, wanted));
}

/** Puts a program into `vendor/engine/`, whole or not at all. */
async function placeProgram(
  file: string,
  write: (copy: URL) => Promise<void>,
): Promise<void> {
  const folder = new URL("engine/", vendor);
  await Deno.mkdir(folder, { recursive: true });
  const copy = new URL(`${file}-${Deno.pid}`, folder);
  await write(copy);
  if (Deno.build.os !== "windows") await Deno.chmod(copy, 0o755);
  await Deno.rename(copy, new URL(file, folder));
}

/** The `@std` packages that neither Deno nor an earlier run has put into `vendor/`, if JSR is out of reach. */
async function standInsWanted(): Promise<string[]> {
  const missing: string[] = [];
  for (const name of Object.keys(STD_FOLDERS)) {
    const meta = await readText(
      new URL(`jsr.io/@std/${name}/meta.json`, vendor),
    );
    if (meta === undefined) missing.push(name);
  }
  return missing.length === 0 || await jsrAnswers() ? [] : missing;
}

async function jsrAnswers(): Promise<boolean> {
  try {
    const response = await fetch("https://jsr.io/@std/assert/meta.json", {
      signal: AbortSignal.timeout(10_000),
    });
    await response.body?.cancel();
    return response.ok;
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    return false;
  }
}

/** Installs npm packages into a folder of their own, with Deno's npm client and the user's npm settings. */
async function install(
  folder: URL,
  dependencies: Record<string, string>,
): Promise<URL> {
  await Deno.mkdir(folder, { recursive: true });
  await Deno.writeTextFile(
    new URL("deno.json", folder),
    JSON.stringify({ nodeModulesDir: "auto", lock: false }),
  );
  await Deno.writeTextFile(
    new URL("package.json", folder),
    JSON.stringify({ private: true, dependencies }),
  );
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["install", "--quiet"],
    cwd: folder,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output();
  if (!success) {
    const wanted = Object.entries(dependencies).map(([name, version]) =>
      `${name}@${version}`
    ).join(", ");
    throw new Error(
      `Cannot install ${wanted} from npm:\n${
        new TextDecoder().decode(stderr).trim()
      }`,
    );
  }
  return new URL("node_modules/", folder);
}

/** Writes one package in the layout in which Deno looks for a vendored JSR package. */
async function placeStandIn(name: string, from: URL): Promise<void> {
  const version = await lockedVersion(name);
  const home = new URL(`jsr.io/@std/${name}/`, vendor);
  const manifest: Record<string, { size: number; checksum: string }> = {};
  const add = async (path: string, bytes: Uint8Array<ArrayBuffer>) => {
    const target = new URL(`${version}/${path}`, home);
    await Deno.mkdir(new URL("./", target), { recursive: true });
    await Deno.writeFile(target, bytes);
    const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    manifest[`/${path}`] = {
      size: bytes.length,
      checksum: `sha256-${hash.toHex()}`,
    };
  };
  for (const folder of STD_FOLDERS[name] ?? []) {
    for await (const path of filesBelow(new URL(`${folder}/`, from))) {
      await add(
        `${folder}/${path}`,
        await Deno.readFile(new URL(`${folder}/${path}`, from)),
      );
    }
  }
  for await (
    const path of filesBelow(new URL(`std/${name}/`, import.meta.url))
  ) {
    await add(
      path,
      await Deno.readFile(new URL(`std/${name}/${path}`, import.meta.url)),
    );
  }
  const exports = { ".": "/mod.js" in manifest ? "./mod.js" : "./mod.ts" };
  await Deno.writeTextFile(
    new URL(`${version}_meta.json`, home),
    JSON.stringify({ manifest, exports }),
  );
  const meta = {
    scope: "std",
    name,
    latest: version,
    versions: { [version]: {} },
  };
  await Deno.writeTextFile(new URL("meta.json", home), JSON.stringify(meta));
}

async function lockedVersion(name: string): Promise<string> {
  const lock = JSON.parse(await Deno.readTextFile(new URL("deno.lock", root)));
  for (const [specifier, version] of Object.entries<string>(lock.specifiers)) {
    if (specifier.startsWith(`jsr:@std/${name}@`)) return version;
  }
  throw new Error(`Cannot find @std/${name} in deno.lock`);
}

async function* filesBelow(folder: URL, prefix = ""): AsyncGenerator<string> {
  for await (const entry of Deno.readDir(new URL(prefix, folder))) {
    if (entry.isDirectory) yield* filesBelow(folder, `${prefix}${entry.name}/`);
    else yield `${prefix}${entry.name}`;
  }
}

async function readText(file: URL): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(file);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

if (import.meta.main) {
  try {
    await main();
  } catch (error) {
    // deno-lint-ignore no-console -- this script has no console room; the message is its only output
    console.error(`setup: ${error instanceof Error ? error.message : error}`);
    Deno.exit(1);
  }
}
