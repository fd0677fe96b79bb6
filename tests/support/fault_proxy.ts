/** Stands between a client and a DynamoDB and does to requests what networks and overloaded servers do. @module */

import { sleep } from "../../src/store/retry.ts";

/** What to do with a request. */
export type Fault =
  /** Answer that status and error without passing the request on. */
  | { readonly kind: "error"; readonly status: number; readonly type: string }
  /** Pass it on, and answer with that status instead of what came back. */
  | {
    readonly kind: "error-after";
    readonly status: number;
    readonly type: string;
  }
  /** Break the connection, before or after passing the request on. */
  | { readonly kind: "reset" }
  | { readonly kind: "reset-after" }
  /** Pass it on, and break the connection in the middle of the answer. */
  | { readonly kind: "truncate" }
  /** Pass it on, answer with half of what came back, and say nothing more. */
  | { readonly kind: "stall" }
  /** Accept it and never answer. */
  | { readonly kind: "hang" }
  /** Pass it on twice, as a network may that sends again what was not acknowledged. */
  | { readonly kind: "duplicate" }
  /** Pass it on after so many milliseconds. */
  | { readonly kind: "slow"; readonly milliseconds: number }
  /** Answer that the server failed, and pass it on so many milliseconds later. */
  | { readonly kind: "late"; readonly milliseconds: number }
  /** Pass only a part of a batch on and hand the rest back. */
  | { readonly kind: "unprocessed"; readonly keep: number };

/** A request as the proxy sees it. */
export interface SeenRequest {
  /** Such as `BatchWriteItem`. */
  readonly operation: string;
  readonly body: string;
  /** The id of the access key that signed it. */
  readonly accessKey: string;
  /** How many requests came before it. */
  readonly index: number;
}

/** A running proxy. */
export interface FaultProxy extends AsyncDisposable {
  readonly endpoint: string;
  readonly seen: readonly SeenRequest[];
  /** Chooses the fault of each request; undefined lets it pass. */
  choose: (request: SeenRequest) => Fault | undefined;
  /** Resolves when nothing is under way any more: then nothing arrives late. */
  settled(): Promise<void>;
}

/** Every kind of fault that passes, once. */
export const PASSING_FAULTS: readonly Fault[] = [
  { kind: "error", status: 500, type: "InternalServerError" },
  {
    kind: "error",
    status: 400,
    type: "ProvisionedThroughputExceededException",
  },
  { kind: "error", status: 400, type: "RequestTimeTooSkewed" },
  { kind: "error-after", status: 500, type: "InternalServerError" },
  { kind: "reset" },
  { kind: "reset-after" },
  { kind: "truncate" },
  { kind: "duplicate" },
  { kind: "slow", milliseconds: 30 },
  { kind: "late", milliseconds: 60 },
];

/**
 * Fails a part of the requests.
 *
 * @param below A whole number from 0 up to its argument, by chance.
 * @param percent Of a hundred requests, how many fail.
 */
export function failingByChance(
  below: (limit: number) => number,
  percent: number,
): FaultProxy["choose"] {
  return ({ operation }) => {
    if (below(100) >= percent) return undefined;
    return operation.startsWith("Batch") && below(3) === 0
      ? { kind: "unprocessed", keep: below(20) }
      : PASSING_FAULTS[below(PASSING_FAULTS.length)];
  };
}

/** Starts a proxy in front of an endpoint. */
export function startFaultProxy(target: string): FaultProxy {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const seen: SeenRequest[] = [];
  const open = new Set<Deno.Conn>();
  const proxy = {
    endpoint: `http://127.0.0.1:${(listener.addr as Deno.NetAddr).port}`,
    seen,
    choose: (_: SeenRequest): Fault | undefined => undefined,
    settled: async () => {
      while (serving.size > 0) await Promise.all(serving);
    },
  };
  const serving = new Set<Promise<void>>();
  const serve = async (connection: Deno.Conn) => {
    open.add(connection);
    try {
      const request = await readRequest(connection);
      if (request === undefined) return;
      const { headers, body } = request;
      const operation = (headers.get("x-amz-target") ?? "").split(".")[1] ?? "";
      const accessKey = /Credential=([^/]*)/.exec(
        headers.get("authorization") ?? "",
      )?.[1] ?? "";
      const one = { operation, body, accessKey, index: seen.length };
      seen.push(one);
      await answer(connection, target, headers, one, proxy.choose(one));
    } catch {
      // The client gave up on this connection, which is what many of the tests are about.
    } finally {
      open.delete(connection);
      close(connection);
    }
  };
  const accepting = (async () => {
    try {
      for await (const connection of listener) {
        const one = serve(connection);
        serving.add(one);
        one.finally(() => serving.delete(one));
      }
    } finally {
      await Promise.all(serving);
    }
  })();
  return Object.assign(proxy, {
    [Symbol.asyncDispose]: async () => {
      close(listener);
      for (const connection of open) close(connection);
      await accepting;
    },
  });
}

async function answer(
  connection: Deno.Conn,
  target: string,
  headers: Headers,
  { body }: SeenRequest,
  fault: Fault | undefined,
): Promise<void> {
  switch (fault?.kind) {
    case "error":
      return await write(connection, fault.status, errorBody(fault.type));
    case "reset":
      return;
    case "late":
      await write(connection, 500, errorBody("InternalServerError"));
      await sleep(fault.milliseconds);
      await forward(target, headers, body);
      return;
    case "hang":
      // Ends when the client or the test closes the connection.
      await connection.read(new Uint8Array(1));
      return;
    case "unprocessed": {
      const { taken, left } = divide(body, fault.keep);
      const reply = taken === undefined
        ? "{}"
        : await forward(target, headers, taken);
      return await write(connection, 200, { ...JSON.parse(reply), ...left });
    }
  }
  if (fault?.kind === "duplicate") await forward(target, headers, body);
  if (fault?.kind === "slow") {
    await sleep(fault.milliseconds);
  }
  const response = await fetch(target, {
    method: "POST",
    headers: forwarded(headers),
    body,
  });
  const reply = await response.text();
  switch (fault?.kind) {
    case "error-after":
      return await write(connection, fault.status, errorBody(fault.type));
    case "reset-after":
      return;
    case "stall":
      await write(connection, response.status, reply, reply.length >> 1);
      await connection.read(new Uint8Array(1));
      return;
    case "truncate":
      return await write(connection, response.status, reply, reply.length >> 1);
    default:
      return await write(connection, response.status, reply);
  }
}

/** Splits a batch into what is passed on and what is handed back. */
function divide(
  body: string,
  keep: number,
): { taken: string | undefined; left: Record<string, unknown> } {
  const batch = JSON.parse(body);
  const [table = "", entry] =
    Object.entries<unknown[] | { Keys: unknown[] }>(batch.RequestItems)[0] ??
      [];
  if (Array.isArray(entry)) {
    const [now, later] = [entry.slice(0, keep), entry.slice(keep)];
    return {
      taken: now.length === 0
        ? undefined
        : JSON.stringify({ ...batch, RequestItems: { [table]: now } }),
      left: later.length === 0 ? {} : { UnprocessedItems: { [table]: later } },
    };
  }
  const keys = entry?.Keys ?? [];
  const part = (some: unknown[]) => ({ [table]: { ...entry, Keys: some } });
  const [now, later] = [keys.slice(0, keep), keys.slice(keep)];
  return {
    taken: now.length === 0
      ? undefined
      : JSON.stringify({ ...batch, RequestItems: part(now) }),
    left: later.length === 0 ? {} : { UnprocessedKeys: part(later) },
  };
}

async function forward(
  target: string,
  headers: Headers,
  body: string,
): Promise<string> {
  return await (await fetch(target, {
    method: "POST",
    headers: forwarded(headers),
    body,
  })).text();
}

function forwarded(headers: Headers): Headers {
  const kept = new Headers(headers);
  for (
    const name of [
      "host",
      "connection",
      "content-length",
      "transfer-encoding",
      "expect",
    ]
  ) kept.delete(name);
  return kept;
}

function errorBody(type: string): string {
  return JSON.stringify({
    __type: `com.amazonaws.dynamodb.v20120810#${type}`,
    message: "as the test wants it",
  });
}

async function write(
  connection: Deno.Conn,
  status: number,
  body: unknown,
  cut?: number,
): Promise<void> {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const bytes = new TextEncoder().encode(text);
  const head =
    `HTTP/1.1 ${status} x\r\ncontent-type: application/x-amz-json-1.0\r\n` +
    `content-length: ${bytes.length}\r\nconnection: close\r\n\r\n`;
  for (
    const part of [
      new TextEncoder().encode(head),
      bytes.subarray(0, cut ?? bytes.length),
    ]
  ) {
    for (let rest = part; rest.length > 0;) {
      rest = rest.subarray(await connection.write(rest));
    }
  }
}

async function readRequest(
  connection: Deno.Conn,
): Promise<{ headers: Headers; body: string } | undefined> {
  let text = "";
  let end = -1;
  const chunk = new Uint8Array(65_536);
  // One character a byte, so that lengths in bytes can be compared.
  const latin1 = new TextDecoder("latin1");
  const more = async () => {
    const count = await connection.read(chunk);
    if (count !== null) text += latin1.decode(chunk.subarray(0, count));
    return count !== null;
  };
  while ((end = text.indexOf("\r\n\r\n")) < 0) {
    if (!await more()) return undefined;
  }
  const headers = new Headers(
    text.slice(0, end).split("\r\n").slice(1).map((line) => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon), line.slice(colon + 1).trim()] as [
        string,
        string,
      ];
    }),
  );
  const length = Number(headers.get("content-length") ?? 0);
  while (text.length - end - 4 < length) if (!await more()) return undefined;
  const bytes = Uint8Array.from(
    text.slice(end + 4, end + 4 + length),
    (character) => character.charCodeAt(0),
  );
  return { headers, body: new TextDecoder().decode(bytes) };
}

function close(resource: { close(): void }): void {
  try {
    resource.close();
  } catch {
    // Closed already.
  }
}
