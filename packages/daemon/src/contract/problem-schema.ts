import { type ErrorCode, type ErrorKind, errorKinds } from "@ctr/spec";
import { z } from "zod";
import type { ProblemDocument, RequestProblem } from "./problem.ts";
import type { SchemaOf } from "./schema-parts.ts";

const isErrorKind = (value: unknown): value is ErrorKind =>
  typeof value === "string" && Object.hasOwn(errorKinds, value);
const isErrorCode = (value: unknown): value is ErrorCode =>
  typeof value === "string" && /^ERR_[A-Z0-9_]+$/.test(value);

/** Schema of {@linkcode ProblemDocument}. */
export const problemSchema: z.ZodType<ProblemDocument> = z
  .looseObject({
    type: z.string(),
    title: z.string(),
    status: z.int().min(400).max(599),
    detail: z.string(),
    code: z.custom<ErrorCode>(isErrorCode).meta({ type: "string", pattern: "^ERR_[A-Z0-9_]+$" }),
    kind: z.custom<ErrorKind>(isErrorKind).meta({ type: "string", enum: Object.keys(errorKinds) }),
    hint: z.string().exactOptional(),
    pointer: z.string().exactOptional(),
    problems: z
      .array(
        z.strictObject({
          pointer: z.string(),
          message: z.string(),
        } satisfies SchemaOf<RequestProblem>),
      )
      .exactOptional(),
  } satisfies SchemaOf<ProblemDocument>)
  .meta({ id: "Problem", description: "An error, after RFC 9457." });
