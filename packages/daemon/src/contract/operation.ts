import { z } from "zod";
import { idSchema, type SchemaOf } from "./schema-parts.ts";

/** What an answer holds, other than a problem. */
interface ResponseBody {
  readonly contentType: string;
  /** Of the document; of one line or one event when it is a stream of them. */
  readonly schema?: z.ZodType;
}

/** One route: what goes in, what comes out, and what it is for. */
export interface Operation<P, Q, B, R> {
  /** As in `operationId`. */
  readonly id: string;
  readonly tag: "containers" | "processes" | "events" | "system";
  readonly method: "get" | "post" | "patch" | "delete";
  /** With its parameters in braces. */
  readonly path: string;
  readonly summary: string;
  readonly description?: string;
  readonly params: z.ZodType<P>;
  readonly query: z.ZodType<Q>;
  readonly body: z.ZodType<B>;
  /** Whether a body is expected at all. */
  readonly hasBody: boolean;
  readonly status: 101 | 200 | 201 | 204;
  /** Of an answer that is one JSON document. */
  readonly result: z.ZodType<R>;
  /** Of any other answer. */
  readonly stream?: readonly ResponseBody[];
}

/** Any operation. */
export type AnyOperation = Operation<unknown, unknown, unknown, unknown>;

/** No parameter, no field. */
export type Nothing = Readonly<Record<never, never>>;
/** Names a container. */
export interface ContainerParams {
  readonly id: string;
}
/** Names a process. */
export interface ProcessParams extends ContainerParams {
  readonly processId: string;
}

/** Schema of {@linkcode Nothing}. */
export const nothing: z.ZodType<Nothing> = z.strictObject({});
/** Schema of an answer without a body. */
export const noResult: z.ZodType<undefined> = z.undefined();
/** Schema of {@linkcode ContainerParams}. */
export const containerParams: z.ZodType<ContainerParams> = z.strictObject({
  id: idSchema,
} satisfies SchemaOf<ContainerParams>);
/** Schema of {@linkcode ProcessParams}. */
export const processParams: z.ZodType<ProcessParams> = z.strictObject({
  id: idSchema,
  processId: idSchema,
} satisfies SchemaOf<ProcessParams>);
