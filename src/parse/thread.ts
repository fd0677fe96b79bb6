/** The canonical thread of a conversation: what ChatGPT shows of its tree of messages. @module */

import type { Gap } from "../domain/conversation.ts";
import { isObject, type RawNode } from "./raw.ts";
import { readTime } from "./time.ts";

/** A node of the thread that has a message. */
export interface ThreadNode {
  /** Its key in the mapping. */
  readonly key: string;
  readonly node: RawNode;
}

/** A node off the thread that has a message. */
export interface BranchNode extends ThreadNode {
  /** The key of its nearest ancestor with a message; undefined where it has none. */
  readonly parent: string | undefined;
  /** Whether the thread could not go on with it: it is on a branch whatever of the thread is a guess. */
  readonly certain: boolean;
}

/** The thread, first message first. */
export interface Thread {
  readonly nodes: readonly ThreadNode[];
  /** How many messages lie on other branches. */
  readonly offThread: number;
  /** What of it is a guess, if anything is. */
  readonly gap?: Gap;
  /** The messages on other branches, each behind its parent. */
  branches(): BranchNode[];
}

type Nodes = ReadonlyMap<string, RawNode>;

/**
 * Walks from the current node to the root, as ChatGPT itself does; times play no part in the order, since
 * they run backwards in places. Where the current node is unknown it starts at the newest leaf.
 *
 * @param mapping The conversation's nodes by key.
 * @param currentNode The key of the last message shown.
 */
export function readThread(
  mapping: Readonly<Record<string, unknown>>,
  currentNode: unknown,
): Thread {
  // A Map, since keys such as "constructor" are found on every plain object.
  const nodes = new Map(
    Object.entries(mapping).filter((entry): entry is [string, RawNode] =>
      isObject(entry[1])
    ),
  );
  const start = typeof currentNode === "string" && nodes.has(currentNode)
    ? currentNode
    : undefined;
  const flat = isFlat(nodes);
  const thread = flat ? byTime(nodes) : walk(nodes, start ?? newestLeaf(nodes));
  const onThread = thread.filter(({ node }) => hasMessage(node));
  const messages = nodes.values().filter(hasMessage).toArray().length;
  const gap = flat || start === undefined
    ? thread.length === 0 ? undefined : "all"
    : gapOf(nodes, thread);
  return {
    nodes: onThread,
    offThread: messages - onThread.length,
    ...(gap && { gap }),
    branches: () => branchesOf(nodes, thread, gap),
  };
}

/** What is a guess of a thread that was walked from the current node. */
function gapOf(
  nodes: Nodes,
  [first]: readonly ThreadNode[],
): Gap | undefined {
  if (first === undefined) return undefined;
  // The walk ended where it would have gone round in a cycle.
  if (parentOf(nodes, first.key) !== undefined) return "all";
  return missingParent(first) === undefined ? undefined : "before";
}

/** The key that a node without a parent in the mapping names as its parent. */
function missingParent({ key, node }: ThreadNode): string | undefined {
  const { parent } = node;
  return typeof parent === "string" && parent !== key ? parent : undefined;
}

function branchesOf(
  nodes: Nodes,
  thread: readonly ThreadNode[],
  gap: Gap | undefined,
): BranchNode[] {
  const onThread = thread.filter(({ node }) => hasMessage(node));
  const done = new Set(onThread.map(({ key }) => key));
  const walked = new Set(thread.map(({ key }) => key));
  const [first] = thread;
  const before = first && missingParent(first);
  // On a branch for certain is what hangs on the thread, or on the same missing parent.
  const hangs = new Set<string>();
  const isCertain = (root: string) => {
    if (gap === undefined) return true;
    if (gap === "all") return false;
    const parent = parentOf(nodes, root);
    if (parent !== undefined) return walked.has(parent) || hangs.has(parent);
    return before !== undefined &&
      missingParent({ key: root, node: nodes.get(root)! }) === before;
  };
  const branches: BranchNode[] = [];
  for (const leaf of nodes.keys()) {
    const path: string[] = [];
    const passed = new Set<string>();
    let key: string | undefined = leaf;
    let root = leaf;
    // Up to what is done, or to the root, or to where a cycle closes.
    while (key !== undefined && !done.has(key) && !passed.has(key)) {
      passed.add(key);
      root = key;
      if (hasMessage(nodes.get(key)!)) path.push(key);
      key = parentOf(nodes, key);
    }
    let parent = passed.has(key ?? "") ? undefined : key;
    const certain = isCertain(root);
    if (certain) { for (const key of passed) hangs.add(key); }
    for (const key of path.reverse()) {
      branches.push({ key, node: nodes.get(key)!, parent, certain });
      done.add(key);
      parent = key;
    }
  }
  return branches;
}

function hasMessage(node: RawNode): boolean {
  return node.message !== null && node.message !== undefined;
}

/** The parent's key, or undefined at a root. */
function parentOf(nodes: Nodes, key: string): string | undefined {
  const parent = nodes.get(key)?.parent;
  return typeof parent === "string" && parent !== key && nodes.has(parent)
    ? parent
    : undefined;
}

/** The nodes from a key up to its root, in reverse. Iterative, since chains of thousands are common. */
function walk(nodes: Nodes, from: string | undefined): ThreadNode[] {
  const seen = new Set<string>();
  // Trees with a cycle have been seen; the walk ends where it would enter one again.
  for (
    let key = from;
    key !== undefined && !seen.has(key);
    key = parentOf(nodes, key)
  ) seen.add(key);
  return [...seen].reverse().map((key) => ({ key, node: nodes.get(key)! }));
}

/** The leaf with the latest time, its own or its nearest ancestor's; of equals the last in the mapping. */
function newestLeaf(nodes: Nodes): string | undefined {
  const parents = new Set<string>();
  for (const key of nodes.keys()) {
    const parent = parentOf(nodes, key);
    if (parent !== undefined) parents.add(parent);
  }
  const withMessage = nodes.keys().filter((key) => hasMessage(nodes.get(key)!))
    .toArray();
  const leaves = withMessage.filter((key) => !parents.has(key));
  const times = new Map<string, number>();
  let newest: string | undefined;
  let latest = -Infinity;
  // Dead ends may leave no leaf with a message, and a cycle none at all.
  for (const key of leaves.length > 0 ? leaves : withMessage) {
    const time = timeOf(nodes, key, times);
    if (time >= latest) [newest, latest] = [key, time];
  }
  return newest ?? nodes.keys().toArray().at(-1);
}

/** The time of a node, or of its nearest ancestor that has one; remembers those on the way. */
function timeOf(
  nodes: Nodes,
  from: string,
  times: Map<string, number>,
): number {
  const passed: string[] = [];
  let time = -Infinity;
  for (
    let key: string | undefined = from;
    key !== undefined;
    key = parentOf(nodes, key)
  ) {
    const known = times.get(key) ?? ownTime(nodes.get(key));
    if (known !== undefined) {
      time = known;
      break;
    }
    passed.push(key);
    // Also ends a cycle: the second time round this one is known.
    times.set(key, -Infinity);
  }
  for (const key of passed) times.set(key, time);
  return time;
}

function ownTime(node: RawNode | undefined): number | undefined {
  const message = node?.message;
  return isObject(message)
    ? readTime(message.create_time) ?? undefined
    : undefined;
}

/** Whether it is a list rather than a tree: several messages, and no node names a parent. */
function isFlat(nodes: Nodes): boolean {
  const messages = nodes.values().filter(hasMessage).toArray().length;
  return messages > 1 &&
    nodes.values().every((node) => typeof node.parent !== "string");
}

/** In the order of time, as nothing else is known; those without a time stay behind their predecessor. */
function byTime(nodes: Nodes): ThreadNode[] {
  let last = -Infinity;
  return nodes.entries().map(([key, node]) => {
    last = ownTime(node) ?? last;
    return { key, node, time: last };
  }).toArray().sort((a, b) => a.time === b.time ? 0 : a.time - b.time)
    .map(({ key, node }) => ({ key, node }));
}
