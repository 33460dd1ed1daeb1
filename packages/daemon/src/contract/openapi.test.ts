import { expect, test } from "bun:test";
import { join } from "node:path";
import { versionInfo } from "../version.ts";
import { openapiDocument } from "./openapi.ts";
import { operations } from "./operations.ts";

const document = openapiDocument(versionInfo().version);

test("openapi.json is what the contract says: bun run openapi writes it", async () => {
  const written = await Bun.file(join(import.meta.dir, "../../openapi.json")).json();

  expect(written).toEqual(JSON.parse(JSON.stringify(document)));
});

test("every reference leads to a component, and every component is used", () => {
  const text = JSON.stringify(document);
  const names = Object.keys(Object(document["components"]).schemas);
  const referred = [...text.matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map(
    ([, name]) => name ?? "",
  );

  expect(text).not.toContain("$defs");
  expect(referred.filter((name) => !names.includes(name))).toEqual([]);
  // Those of the WebSocket have no place of their own in OpenAPI.
  const loose = names.filter((name) => !referred.includes(name));
  expect(loose).toEqual(["AttachClientMessage", "AttachServerMessage"]);
});

test("each operation has its id, its parameters and its answers", () => {
  for (const [id, operation] of Object.entries(operations)) {
    const described = Object(document["paths"])[operation.path][operation.method];
    const inPath = [...operation.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    const parameters: { name: string; in: string }[] = described.parameters ?? [];

    expect(described.operationId).toBe(id);
    expect(parameters.filter((one) => one.in === "path").map(({ name }) => name)).toEqual(inPath);
    expect(Object.keys(described.responses)).toEqual([String(operation.status), "default"]);
  }
});

test("parameters of a query say what they are read as", () => {
  const { parameters } = Object(document["paths"])["/v1/containers/{id}/logs"].get;
  const schemas = Object.fromEntries(
    parameters.map(({ name, schema }: { name: string; schema: object }) => [name, schema]),
  );

  expect(schemas).toMatchObject({
    follow: { type: "boolean" },
    tail: { type: "integer", minimum: 0 },
    format: { type: "string", enum: ["ndjson", "text"] },
  });
});
