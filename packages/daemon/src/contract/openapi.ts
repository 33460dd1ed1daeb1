import { linuxResourcesSchema, processSchema } from "@ctr/spec/schema";
import { z } from "zod";
import { attachClientMessageSchema, attachServerMessageSchema } from "./attach-schema.ts";
import type { AnyOperation } from "./operation.ts";
import { operations } from "./operations.ts";
import { problemSchema } from "./problem-schema.ts";

type Json = Readonly<Record<string, unknown>>;

/** What one conversion to JSON Schema gives: the schema, and the named ones that it refers to. */
interface Converted {
  readonly schema: Json;
}

/**
 * Returns the OpenAPI 3.1 document of the API, made from the same schemas that check requests and answers.
 *
 * @see https://spec.openapis.org/oas/v3.1.1
 */
export function openapiDocument(version: string): Json {
  const components: Record<string, Json> = {};
  const byPath = Object.groupBy(Object.values(operations), (operation) => operation.path);
  const paths = Object.fromEntries(
    Object.entries(byPath).map(([path, group = []]) => [
      path,
      Object.fromEntries(group.map((one) => [one.method, describe(one, components)])),
    ]),
  );
  // Messages of the WebSocket have no place of their own in OpenAPI.
  for (const schema of [attachClientMessageSchema, attachServerMessageSchema]) {
    convert(schema, "output", components);
  }
  components["Process"] = convert(processSchema, "input", components).schema;
  components["LinuxResources"] = convert(linuxResourcesSchema, "input", components).schema;
  return {
    openapi: "3.1.1",
    info: {
      title: "ctrd",
      version,
      description: "Containers over HTTP on a Unix socket.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "http://ctr/", description: "Any host name: the socket decides." }],
    tags: ["containers", "processes", "events", "system"].map((name) => ({ name })),
    paths,
    components: { schemas: sorted(components) },
  };
}

function describe(operation: AnyOperation, components: Record<string, Json>): Json {
  const { id, tag, summary, description, hasBody } = operation;
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(description === undefined ? {} : { description }),
    ...parameters(operation, components),
    ...(hasBody
      ? {
          requestBody: {
            required: true,
            content: {
              "application/json": convert(operation.body, "input", components),
            },
          },
        }
      : {}),
    responses: {
      [operation.status]: response(operation, components),
      default: {
        description: "What could not be done, and why",
        content: { "application/problem+json": convert(problemSchema, "output", components) },
      },
    },
  };
}

function parameters(operation: AnyOperation, components: Record<string, Json>): Json {
  const list = [
    ...parametersIn("path", operation.params, components),
    ...parametersIn("query", operation.query, components),
    ...(operation.id === "getEvents"
      ? [{ name: "Last-Event-ID", in: "header", schema: { type: "integer", minimum: 0 } }]
      : []),
  ];
  return list.length === 0 ? {} : { parameters: list };
}

function parametersIn(
  place: "path" | "query",
  schema: z.ZodType,
  components: Record<string, Json>,
): Json[] {
  // The output: what a text in a query is read as.
  const { properties = {} } = convert(schema, "output", components).schema;
  return Object.entries(Object(properties)).map(([name, property]) => ({
    name,
    in: place,
    ...(place === "path" ? { required: true } : {}),
    schema: property,
  }));
}

function response(operation: AnyOperation, components: Record<string, Json>): Json {
  if (operation.status === 101) return { description: "The connection is a WebSocket now" };
  if (operation.status === 204) return { description: "It is done" };
  const bodies = operation.stream ?? [
    { contentType: "application/json", schema: operation.result },
  ];
  const content = bodies.map(({ contentType, schema }) => [
    contentType,
    schema === undefined ? { schema: { type: "string" } } : convert(schema, "output", components),
  ]);
  return { description: operation.summary, content: Object.fromEntries(content) };
}

/** Converts a schema; named schemas that it holds go to `components` and are referred to. */
function convert(
  schema: z.ZodType,
  io: "input" | "output",
  components: Record<string, Json>,
): Converted {
  const {
    $defs = {},
    $schema,
    ...rest
  } = rewrite(z.toJSONSchema(schema, { io, unrepresentable: "any", reused: "inline" }));
  for (const [name, definition] of Object.entries(Object($defs))) {
    components[name] = Object(definition);
  }
  const { id, ...own } = rest;
  if (typeof id !== "string") return { schema: own };
  components[id] = own;
  return { schema: { $ref: `#/components/schemas/${id}` } };
}

/** Makes references lead to the components, and drops what JSON Schema does not know. */
function rewrite(value: unknown): Json {
  return JSON.parse(
    JSON.stringify(value, (key, item) => {
      if (key === "$ref" && typeof item === "string") {
        return item.replace("#/$defs/", "#/components/schemas/");
      }
      return key === "$schema" ? undefined : item;
    }),
  );
}

function sorted(components: Readonly<Record<string, Json>>): Json {
  return Object.fromEntries(
    Object.entries(components)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, { id: _, ...schema }]) => [name, schema]),
  );
}
