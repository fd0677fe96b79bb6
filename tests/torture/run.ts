/**
 * Kills the program and its engine at random instants and looks at what is left: nothing that was stored is
 * lost, nothing looks complete and is not, the next run repairs it, and the one after that writes nothing.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { conversationDigest } from "../../src/domain/digest.ts";
import { EXIT } from "../../src/domain/errors.ts";
import { parseExport } from "../../src/parse/mod.ts";
import { createClient } from "../../src/store/client.ts";
import { DynamoStore } from "../../src/store/dynamo.ts";
import { startEngine } from "../../src/store/engine.ts";
import { Journal } from "../../src/store/journal.ts";
import { breakLock } from "../../src/store/lock.ts";
import { sleep } from "../../src/store/retry.ts";
import { createTable, type TableAccess } from "../../src/store/schema.ts";
import type { Store, StoredConversation } from "../../src/store/store.ts";
import { sync } from "../../src/sync/mod.ts";
import { verifyExport, verifySelf } from "../../src/sync/verify.ts";
import { Random } from "../fuzz/random.ts";
import { rawConversation } from "../support/builders.ts";
import { ended, ROOT } from "../support/cli.ts";
import {
  failingByChance,
  type FaultProxy,
  startFaultProxy,
} from "../support/fault_proxy.ts";

/** How to torture. */
export interface TortureOptions {
  readonly rounds: number;
  readonly seed: number;
  /** Called with a line after each round. */
  readonly log?: (line: string) => void;
}

/** What was done to the program, by how often. */
export type TortureCounts = Record<typeof ATTACKS[number], number> & {
  /** Rounds in which something was cut off half-way. */
  interrupted: number;
};

/** What is done to runs on the embedded engine. */
const LOCAL = [
  "kill the program",
  "kill the engine",
  "two at once",
  "kill one of two",
  "kill an undo",
] as const;
/** What is done to runs that write as to AWS, in batches, where every tenth request fails. */
const REMOTE = ["kill on a failing network", "kill an undo on it"] as const;
const ATTACKS = [...LOCAL, ...REMOTE];
type Local = typeof LOCAL[number];
type Remote = typeof REMOTE[number];

const TABLE = "ChatConversations";
const CONVERSATIONS = 120;
/** Milliseconds from the start of the program within which it is hit; a whole run takes about as long. */
const LATEST_MS = 900;
/** The same where every tenth request fails. */
const LATEST_ON_NETWORK_MS = 4_000;

/** Runs the rounds; throws at the first that leaves something wrong behind, with its seed. */
export async function torture(
  { rounds, seed, log = () => {} }: TortureOptions,
): Promise<TortureCounts> {
  const folder = await Deno.makeTempDir({ prefix: "chatkeep-torture-" });
  const counts = {
    interrupted: 0,
    ...Object.fromEntries(ATTACKS.map((name) => [name, 0])),
  } as TortureCounts;
  try {
    const exports = [0, 1, 2].map((version) =>
      join(folder, `conversations-${version}.json`)
    );
    for (const [version, path] of exports.entries()) {
      await Deno.writeTextFile(path, JSON.stringify(makeExport(version)));
    }
    const random = new Random(seed);
    const data = join(folder, "torture.db");
    let stored = exports[0]!;
    await withStore(data, (store) => repair(stored, store));
    await using network = await openNetwork(folder, { stored, random });
    await repair(network.stored, network.store);
    for (let round = 0; round < rounds; round++) {
      const attack = random.pick(ATTACKS);
      const next = random.pick(exports);
      const other = random.pick(exports);
      const onNetwork = isRemote(attack);
      const latest = onNetwork ? LATEST_ON_NETWORK_MS : LATEST_MS;
      const delay = random.below(latest);
      const what = `seed ${seed}, round ${round}: ${attack} after ${delay} ms`;
      try {
        const incomplete = onNetwork
          ? await hitOnNetwork(network, attack, { next, delay })
          : await hitHere(attack, { data, next, other, delay }, stored);
        if (!onNetwork) stored = attack === "kill an undo" ? stored : next;
        counts[attack]++;
        if (incomplete > 0) counts.interrupted++;
        log(`${what}: ${incomplete} left half-way, repaired`);
      } catch (error) {
        throw new Error(what, { cause: error });
      }
    }
    return counts;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Hits a run on the embedded engine, and returns how many conversations that left half-way. */
async function hitHere(
  attack: Local,
  scene: Scene,
  stored: string,
): Promise<number> {
  const { data, next, other } = scene;
  await hit(attack, scene);
  return await withStore(data, async (store) => {
    const left = await checkLeft(store, [stored, next, other]);
    await repair(attack === "kill an undo" ? stored : next, store);
    return left;
  });
}

/** A table of its own behind a proxy that fails requests by chance, written to as one on AWS is. */
interface Network extends AsyncDisposable {
  readonly proxy: FaultProxy;
  /** The same table, past the proxy. */
  readonly access: TableAccess;
  readonly store: DynamoStore;
  readonly journal: string;
  /** The export that the table is in step with. */
  stored: string;
}

async function openNetwork(
  folder: string,
  { stored, random }: { readonly stored: string; readonly random: Random },
): Promise<Network> {
  await using cleanup = new AsyncDisposableStack();
  const file = join(folder, "network.db");
  const { endpoint } = cleanup.use(await startEngine({ file }));
  const client = createClient({ endpoint });
  cleanup.defer(() => client.destroy());
  const proxy = cleanup.use(startFaultProxy(endpoint));
  proxy.choose = failingByChance((limit) => random.below(limit), 10);
  const access = { client, table: TABLE, endpoint };
  await createTable(access);
  const owned = cleanup.move();
  return {
    proxy,
    access,
    store: new DynamoStore(access),
    journal: join(folder, "network.journal.db"),
    stored,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Kills a run, or undoes it half-way, and returns how many conversations that left half-way. */
async function hitOnNetwork(
  network: Network,
  attack: Remote,
  { next, delay }: { readonly next: string; readonly delay: number },
): Promise<number> {
  const undo = attack === "kill an undo on it";
  const { proxy, access, store, journal } = network;
  const to = ["--endpoint-url", proxy.endpoint, "--journal", journal];
  const rules = ["--max-delete", "100%", "--quiet"];
  const sync = () => start(["sync", next, "--allow-older", ...to, ...rules]);
  if (undo) {
    const ran = await ended(sync());
    assertEquals(ran.code, EXIT.ok, ran.stderr);
    const run = await lastRun(journal);
    assert(run !== undefined);
    await kill(start(["undo", run, ...to, ...rules]), delay);
  } else await kill(sync(), delay);
  // What a killed run has sent arrives, as it will have when the lock's lease is over; then the lock is taken.
  await proxy.settled();
  await breakLock(access);
  const left = await checkLeft(store, [network.stored, next]);
  const wanted = undo ? network.stored : next;
  await repair(wanted, store);
  network.stored = wanted;
  return left;
}

function isRemote(attack: Local | Remote): attack is Remote {
  return REMOTE.some((one) => one === attack);
}

interface Scene {
  readonly data: string;
  readonly next: string;
  readonly other: string;
  readonly delay: number;
}

async function hit(
  attack: Local,
  { data, next, other, delay }: Scene,
): Promise<void> {
  const sync = (path: string) =>
    start([
      "sync",
      path,
      "--data",
      data,
      "--allow-older",
      "--max-delete",
      "100%",
      "--quiet",
    ]);
  switch (attack) {
    case "kill the program":
      return await kill(sync(next), delay);
    case "kill the engine": {
      const running = sync(next);
      await sleep(delay);
      const engine = await enginePid(data);
      if (engine !== undefined) signal(engine);
      // It may have ended before, and else must say that it failed; which of the two chance decides.
      const { code } = await ended(running);
      assert(
        [EXIT.ok, EXIT.error, EXIT.incomplete].includes(code as never),
        `exit status ${code}`,
      );
      return;
    }
    case "two at once": {
      const runs = await Promise.all([ended(sync(next)), ended(sync(other))]);
      assertEquals(runs.map(({ code }) => code), [EXIT.ok, EXIT.ok]);
      return;
    }
    case "kill one of two": {
      const both = [sync(next), sync(other)] as const;
      await kill(both[0], delay);
      assertEquals((await ended(both[1])).code, EXIT.ok);
      return;
    }
    case "kill an undo": {
      assertEquals((await ended(sync(next))).code, EXIT.ok);
      const run = await lastRun(journalOf(data));
      assert(run !== undefined);
      return await kill(
        start(["undo", run, "--data", data, "--max-delete", "100%", "--quiet"]),
        delay,
      );
    }
  }
}

/** Starts the program as a user would, but for permissions that let it write to this folder. */
function start(args: readonly string[]): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", "-A", "--no-lock", "src/main.ts", ...args],
    cwd: ROOT,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

async function kill(running: Deno.ChildProcess, delay: number): Promise<void> {
  await sleep(delay);
  try {
    running.kill("SIGKILL");
  } catch {
    // It has ended already.
  }
  await ended(running);
}

/** The engine's process, as the program notes it beside its data. */
async function enginePid(data: string): Promise<number | undefined> {
  try {
    return JSON.parse(await Deno.readTextFile(`${data}.engine.json`)).pid;
  } catch {
    return undefined;
  }
}

function signal(pid: number): void {
  try {
    Deno.kill(pid, "SIGKILL");
  } catch {
    // It has ended already.
  }
}

async function lastRun(file: string): Promise<string | undefined> {
  using journal = await Journal.open(file);
  return journal.runs().find(({ command }) => command === "sync")?.id;
}

function journalOf(data: string): string {
  return data.replace(/\.db$/, ".journal.db");
}

async function withStore<T>(
  file: string,
  work: (store: DynamoStore) => Promise<T>,
): Promise<T> {
  await using engine = await startEngine({ file });
  const { endpoint } = engine;
  const client = createClient({ endpoint });
  try {
    const access = { client, table: TABLE, endpoint };
    await createTable(access);
    return await work(
      new DynamoStore({ ...access, transactions: "always" }),
    );
  } finally {
    client.destroy();
  }
}

/** Checks what an attack left, and returns how many conversations are half-way. */
async function checkLeft(
  store: Store,
  versions: readonly string[],
): Promise<number> {
  let incomplete = 0;
  const common = await messagesOfAll(versions);
  const { differences } = await verifySelf(store);
  assertEquals(differences.filter(({ kind }) => kind === "damaged"), []);
  for (const [id, messages] of common) {
    const stored = await store.read(id);
    assert(stored !== undefined, `${id} is lost`);
    const there = new Set(stored.rows.map(({ messageId }) => messageId));
    for (const message of messages) {
      assert(there.has(message), `${message} of ${id} is lost`);
    }
    if (stored.head?.digest === undefined) incomplete++;
    else assertEquals(digestOf(stored), stored.head.digest, `${id} is wrong`);
  }
  return incomplete;
}

/** The digest that a conversation's rows and metadata have together. */
function digestOf({ head, rows }: StoredConversation): string | undefined {
  return head?.metadata &&
    conversationDigest(head.metadata, rows.map(({ digest = "" }) => digest));
}

/** The next run repairs everything, and the one after that writes nothing. */
async function repair(path: string, store: Store): Promise<void> {
  const options = { allowOlder: true };
  const mended = await sync(parseExport(path), store, options);
  assertEquals([mended.exitCode, mended.error], [EXIT.ok, undefined]);
  const { differences } = await verifyExport(parseExport(path), store);
  assertEquals(differences, []);
  const { ledger } = await sync(parseExport(path), store, options);
  assertEquals(ledger.conversations.unchanged, CONVERSATIONS);
  assertEquals([ledger.rows.put, ledger.rows.deleted], [0, 0]);
}

/** The ids of the messages that a conversation has in all of the exports. */
async function messagesOfAll(
  paths: readonly string[],
): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const common = new Map<string, ReadonlySet<string>>();
  for (const path of paths) {
    for await (const record of parseExport(path)) {
      if (record.kind !== "conversation") continue;
      const { id, messages } = record.conversation;
      const ids = new Set(messages.map((message) => message.id));
      common.set(id, common.get(id)?.intersection(ids) ?? ids);
    }
  }
  return common;
}

/** An export in which most conversations are others than in the version before: edited, longer, shorter. */
function makeExport(version: number): unknown[] {
  return Array.from({ length: CONVERSATIONS }, (_, index) => {
    const id = `c${index}`;
    const turns = Array.from({ length: 6 + index % 5 }, (_, turn) => ({
      id: `${id}-${turn}`,
      text: `${id} says ${turn} `.repeat(20),
    }));
    // Some are beyond what one transaction holds.
    const more = index % 30 === 0 ? 130 : 3;
    const own = Array.from({ length: more }, (_, turn) => ({
      id: `${id}-v${version}-${turn}`,
      text: `in version ${version}, ${turn}`,
    }));
    const same = index % 7 === 0;
    return rawConversation(id, same ? turns : [...turns, ...own], {
      fields: {
        title: `${id} of version ${same ? 0 : version}`,
        update_time: 1_700_000_000 + (same ? 0 : version),
      },
    });
  });
}
