import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { drawing, type Environment, settings } from "../../src/cli/config.ts";
import { EXIT, UserError } from "../../src/domain/errors.ts";

function environment(variables: Record<string, string> = {}): Environment {
  return (name) => variables[name];
}

Deno.test("settings() chooses the embedded engine and the pipeline's table unless told otherwise", () => {
  assertEquals(
    settings(
      {},
      environment({ AWS_REGION: "eu-central-1", AWS_PROFILE: "me" }),
    ),
    {
      table: "ChatConversations",
      target: { kind: "embedded", file: "data/chatkeep.db" },
    },
  );
});

Deno.test("settings() prefers flags to the environment", () => {
  const env = environment({
    CHATKEEP_TARGET: "aws",
    CHATKEEP_TABLE: "Theirs",
    AWS_REGION: "us-east-1",
  });
  assertEquals(settings({ table: "Mine", target: "local" }, env), {
    table: "Mine",
    target: { kind: "endpoint", endpoint: "http://localhost:8000" },
  });
  assertEquals(settings({ region: "eu-west-1" }, env), {
    table: "Theirs",
    target: { kind: "aws", region: "eu-west-1" },
  });
  assertEquals(settings({ endpointUrl: "http://box:1" }, env).target, {
    kind: "endpoint",
    endpoint: "http://box:1",
    region: "us-east-1",
  });
  assertEquals(
    settings(
      { target: "embedded" },
      environment({ CHATKEEP_ENDPOINT_URL: "http://box:1" }),
    ).target,
    {
      kind: "embedded",
      file: "data/chatkeep.db",
    },
  );
});

Deno.test("settings() finds region, profile and endpoint of AWS where its tools do", () => {
  assertEquals(
    settings(
      { target: "aws" },
      environment({ AWS_DEFAULT_REGION: "a", AWS_PROFILE: "p" }),
    ).target,
    {
      kind: "aws",
      region: "a",
      profile: "p",
    },
  );
  const both = {
    AWS_ENDPOINT_URL: "http://a",
    AWS_ENDPOINT_URL_DYNAMODB: "http://b",
    AWS_REGION: "r",
  };
  assertEquals(settings({ target: "aws" }, environment(both)).target, {
    kind: "aws",
    endpoint: "http://b",
    region: "r",
  });
  const ignored = { ...both, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "true" };
  assertEquals(settings({ target: "aws" }, environment(ignored)).target, {
    kind: "aws",
    region: "r",
  });
});

Deno.test("settings() refuses what contradicts itself or is no name", () => {
  const cases = [
    [{ target: "azure" }, "azure"],
    [{ target: "embedded", endpointUrl: "http://a" }, "--endpoint-url"],
    [{ endpointUrl: "localhost:8000" }, "localhost:8000"],
    [{ endpointUrl: "nonsense" }, "nonsense"],
    [{ table: "a b" }, "a b"],
  ] as const;
  for (const [flags, named] of cases) {
    const error = assertThrows(() => settings(flags, environment()), UserError);
    assertStringIncludes(error.message, named);
    assertEquals(error.code, EXIT.usage);
  }
});

Deno.test("drawing() colours and redraws only where it is welcome", () => {
  const flags = { json: false, quiet: false, color: true };
  const drawn = (
    variables: Record<string, string>,
    isTerminal: boolean,
    color = true,
  ) => {
    const { terminal, color: painted } = drawing(
      { ...flags, color },
      environment(variables),
      isTerminal,
    );
    return { terminal, painted };
  };
  assertEquals(drawn({}, true), { terminal: true, painted: true });
  assertEquals(drawn({}, false), { terminal: false, painted: false });
  assertEquals(drawn({ NO_COLOR: "1" }, true), {
    terminal: true,
    painted: false,
  });
  assertEquals(drawn({ TERM: "dumb" }, true), {
    terminal: false,
    painted: false,
  });
  assertEquals(drawn({ FORCE_COLOR: "1" }, false), {
    terminal: false,
    painted: true,
  });
  assertEquals(drawn({ FORCE_COLOR: "1" }, true, false), {
    terminal: true,
    painted: false,
  });
});
