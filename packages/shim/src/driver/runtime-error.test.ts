import { expect, test } from "bun:test";
import { runtimeError } from "./runtime-error.ts";

test("runtimeError() knows what runc, crun and bunc say", () => {
  const said: readonly (readonly [string, string, string])[] = [
    ["container with given ID already exists", "ERR_CONTAINER_EXISTS", "conflict"],
    ["container `web` already exists", "ERR_CONTAINER_EXISTS", "conflict"],
    ["container does not exist", "ERR_CONTAINER_NOT_FOUND", "notFound"],
    ['container "web" does not exist', "ERR_CONTAINER_NOT_FOUND", "notFound"],
    [
      "error opening file `/run/crun/web/status`: No such file or directory",
      "ERR_CONTAINER_NOT_FOUND",
      "notFound",
    ],
    ['exec: "nope": executable file not found in $PATH: unknown', "ERR_RUNTIME_FAILED", "invalid"],
    [
      "executable file `nope` not found in $PATH: No such file or directory",
      "ERR_RUNTIME_FAILED",
      "invalid",
    ],
    ["cannot exec in a stopped container", "ERR_RUNTIME_FAILED", "conflict"],
    ["container not running", "ERR_RUNTIME_FAILED", "conflict"],
    ["out of cheese", "ERR_RUNTIME_FAILED", "internal"],
  ];
  for (const [message, code, kind] of said) {
    expect(runtimeError("runc", "create", message).toDocument()).toMatchObject({
      code,
      kind,
    });
  }
});
