/** A client of DynamoDB for a target, with time-outs on everything that could hang. @module */

import {
  DynamoDBClient,
  type DynamoDBClientConfig,
} from "@aws-sdk/client-dynamodb";
import { UserError } from "../domain/errors.ts";
import { explain } from "./failures.ts";

/** Where requests go and who sends them. */
export interface ClientOptions {
  /** Any server that speaks DynamoDB's protocol; AWS's own of the region where it is absent. */
  readonly endpoint?: string;
  /** AWS region; where it is absent the profile's. */
  readonly region?: string;
  /** Profile in `~/.aws`. */
  readonly profile?: string;
  /** Milliseconds for a connection, and for each silence of one. */
  readonly timeouts?: { readonly connect: number; readonly answer: number };
}

/** DynamoDB answers within milliseconds; a batch that needs ten seconds will not be answered at all. */
const TIMEOUTS = { connect: 2_000, answer: 10_000 } as const;
const ATTEMPTS = 4;

/**
 * Makes a client.
 *
 * A server on the loopback interface is given made-up credentials and nothing of `~/.aws` is read for it;
 * for all else the SDK's own chain finds the credentials.
 *
 * @throws {UserError} When real credentials would go to another machine unencrypted.
 */
export function createClient(options: ClientOptions): DynamoDBClient {
  const { endpoint, region, profile, timeouts = TIMEOUTS } = options;
  const loopback = endpoint !== undefined && isLoopback(new URL(endpoint));
  if (
    endpoint !== undefined && !loopback &&
    new URL(endpoint).protocol !== "https:"
  ) {
    throw new UserError(
      `Will not send AWS credentials to ${endpoint} unencrypted`,
      {
        hint: "Use https, or a server on this machine",
      },
    );
  }
  const config: DynamoDBClientConfig = {
    requestHandler: {
      connectionTimeout: timeouts.connect,
      requestTimeout: timeouts.answer,
      // Without these two a server that accepts and then says nothing hangs the program for ever.
      socketTimeout: timeouts.answer,
      throwOnRequestTimeout: true,
    } as NonNullable<DynamoDBClientConfig["requestHandler"]>,
    maxAttempts: ATTEMPTS,
    // With a function for information the SDK would put every request and answer into words that nobody reads.
    logger: { warn: () => {}, error: () => {} } as unknown as NonNullable<
      DynamoDBClientConfig["logger"]
    >,
    // The SDK's own asks for the operating system's release, a permission that nothing else needs.
    defaultUserAgentProvider: () => Promise.resolve([["chatkeep", "1"]]),
    ...(endpoint !== undefined && { endpoint }),
    ...(region !== undefined && { region }),
    ...(profile !== undefined && { profile }),
  };
  const client = new DynamoDBClient(
    loopback ? { ...config, ...LOOPBACK } : config,
  );
  client.middlewareStack.add(
    (next) => (args) => {
      const body = (args.input as { readonly [BODY]?: string })[BODY];
      if (body !== undefined) (args.request as { body: unknown }).body = body;
      return next(args);
    },
    // After the SDK's own serializer, and before all that looks at the body.
    { name: "sendBody", step: "serialize", priority: "low" },
  );
  return client;
}

/** Where {@linkcode withBody} puts a body. */
const BODY = Symbol("body");

/**
 * A command whose input is sent as it is. The SDK would write JSON character by character, which is half of
 * what it costs; its retries, signatures and reading of answers stay.
 *
 * @param input As DynamoDB's JSON has it: bytes in base64.
 */
export function withBody<C>(
  Command: new (input: never) => C,
  input: object,
): C {
  return new Command({ [BODY]: JSON.stringify(input) } as never);
}

/**
 * The region that the client will use.
 *
 * @throws {UserError} When none is set.
 */
export async function regionOf(client: DynamoDBClient): Promise<string> {
  try {
    return await client.config.region();
  } catch (error) {
    throw explain(error, { endpoint: undefined });
  }
}

/** Whether requests to that address stay on this machine. */
export function isLoopback({ hostname }: URL): boolean {
  return hostname === "localhost" || hostname === "[::1]" ||
    /^127(\.\d+){3}$/.test(hostname);
}

/** All that the SDK would otherwise look up in the environment and in `~/.aws`. */
const LOOPBACK: DynamoDBClientConfig = {
  // DynamoDB Local without -sharedDb keeps a database for each region and key: these name ours.
  region: "us-east-1",
  credentials: { accessKeyId: "chatkeep", secretAccessKey: "chatkeep" },
  retryMode: "standard",
  defaultsMode: "standard",
  useDualstackEndpoint: false,
  useFipsEndpoint: false,
  userAgentAppId: "chatkeep",
  accountIdEndpointMode: "disabled",
  authSchemePreference: ["sigv4"],
};
