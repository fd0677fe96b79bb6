/** What goes wrong with DynamoDB, told apart: to retry, to mend by a person, to give up. @module */

import { EXIT, UserError } from "../domain/errors.ts";

/** Where requests go, for the words of an error. */
export interface Place {
  /** The endpoint's URL; undefined for AWS itself. */
  readonly endpoint: string | undefined;
}

const EXPIRED = new Set(["ExpiredTokenException", "ExpiredToken"]);
const ACCESS = new Set([
  "AccessDeniedException",
  "UnrecognizedClientException",
  "InvalidSignatureException",
  "MissingAuthenticationTokenException",
  ...EXPIRED,
  "InvalidClientTokenId",
  "CredentialsProviderError",
  "TokenProviderError",
]);
const THROTTLING = new Set([
  "ProvisionedThroughputExceededException",
  "ThrottlingException",
  "ThrottledException",
  "RequestLimitExceeded",
  "LimitExceededException",
]);
const TRANSIENT = new Set([
  ...THROTTLING,
  "InternalServerError",
  "InternalServerErrorException",
  "InternalFailure",
  "ServiceUnavailable",
  "ServiceUnavailableException",
  "TransactionInProgressException",
  "TransactionConflictException",
  "TimeoutError",
  "RequestTimeTooSkewed",
]);
const NETWORK = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ECONNABORTED",
  "EPIPE",
  "ETIMEDOUT",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
]);

/** The name that the service or the SDK gives an error. */
export function errorName(error: unknown): string {
  return error instanceof Error ? error.name : "";
}

/** Whether the same request may succeed later: throttling, a failing server, a broken connection. */
export function isTransient(error: unknown): boolean {
  if (TRANSIENT.has(errorName(error)) || networkCode(error) !== undefined) {
    return true;
  }
  // An answer that is cut off or no JSON says nothing of what was done, so the request is sent again.
  if (error instanceof SyntaxError) return true;
  const status = (error as { $metadata?: { httpStatusCode?: number } })
    .$metadata?.httpStatusCode;
  return status !== undefined && (status >= 500 || status === 429);
}

/** Whether there were too many requests. */
export function isThrottling(error: unknown): boolean {
  return THROTTLING.has(errorName(error));
}

/** Whether the credentials were good once, and others may take their place. */
export function isExpired(error: unknown): boolean {
  return EXPIRED.has(errorName(error));
}

/** A failure of DynamoDB in our own words, which hold nothing of an item. */
export class StoreError extends Error {
  override readonly name: string = "StoreError";
}

/** DynamoDB refuses a request for what is in it, so it would never succeed. */
export class RefusedError extends StoreError {
  override readonly name = "RefusedError";

  constructor(cause: Error) {
    super(`DynamoDB refuses it: ${cause.name}`, { cause });
  }
}

/** Whether DynamoDB refuses the request for what is in it. */
function isRefused(error: Error): boolean {
  const status = (error as { $metadata?: { httpStatusCode?: number } })
    .$metadata?.httpStatusCode;
  return ["ValidationException", "SerializationException"].includes(
    error.name,
  ) || status === 413;
}

/**
 * The error in words for a person, without anything of an item: what DynamoDB says of a request may quote it.
 */
export function explain(error: unknown, place: Place): Error {
  if (!(error instanceof Error)) return new StoreError(String(error));
  if (error instanceof UserError || error instanceof StoreError) return error;
  const target = place.endpoint ?? "AWS";
  if (error instanceof Deno.errors.NotCapable) return error;
  if (isRefused(error)) return new RefusedError(error);
  const code = networkCode(error);
  if (code !== undefined || error.name === "TimeoutError") {
    return new UserError(
      `Cannot reach DynamoDB at ${target}: ${
        NETWORK_WORDS[code ?? ""] ?? "it does not answer"
      }`,
      {
        hint: /^https?:\/\/(localhost|127\.0\.0\.1):8000\/?$/.test(target)
          ? "Start DynamoDB Local with `docker compose up -d`"
          : "Check the address, the network and the region",
        cause: error,
      },
    );
  }
  if (ACCESS.has(error.name)) {
    return new UserError(
      `DynamoDB at ${target} refuses the credentials: ${error.name}`,
      {
        hint:
          "Check --profile, AWS_PROFILE and the rights of that user; `aws sts get-caller-identity` shows who it is",
        cause: error,
      },
    );
  }
  if (/^Region is missing/.test(error.message)) {
    return new UserError("No AWS region is set", {
      hint: "Add --region, or set AWS_REGION or the profile's region",
      cause: error,
    });
  }
  if (error.name === "ResourceNotFoundException") {
    return new UserError("The table is not there", {
      hint: "Create it with `table create`",
      code: EXIT.tableMissing,
    });
  }
  return new StoreError(`DynamoDB at ${target} failed: ${error.name}`, {
    cause: error,
  });
}

const NETWORK_WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ECONNRESET: "connection reset",
  ENOTFOUND: "no such host",
  EAI_AGAIN: "the host's name cannot be looked up",
};

function networkCode(error: unknown): string | undefined {
  for (
    let cause: unknown = error;
    cause instanceof Error;
    cause = cause.cause
  ) {
    const { code } = cause as { code?: unknown };
    if (typeof code === "string" && NETWORK.has(code)) return code;
    if (/failed to lookup address/.test(cause.message)) return "ENOTFOUND";
    if (
      /socket hang up|connection closed/i.test(cause.message)
    ) return "ECONNRESET";
  }
  return undefined;
}
