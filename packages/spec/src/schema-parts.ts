/**
 * The simple types of the published JSON schemas as zod schemas.
 *
 * They accept exactly what a draft-04 validator accepts: integers beyond 2^53, and maps whatever
 * their keys are called.
 *
 * @module
 */

import { z } from "zod";
import { hasFormat, type TextFormat } from "./text-formats.ts";

/** The schemas of an object's fields: those that are optional in `T` optional, the others not. */
type SchemaOf<T> = {
  readonly [K in keyof T]-?: Record<never, never> extends Pick<T, K>
    ? z.ZodExactOptional<z.ZodType<T[K]>>
    : z.ZodType<T[K]>;
};

/** The fields of `S`, as far as `T` has them and the schema takes everything that the type allows. */
type Exactly<T, S> = {
  readonly [K in keyof S]: K extends keyof T
    ? Required<T>[K] extends Readonly<z.output<S[K]>>
      ? S[K]
      : never
    : never;
};

/**
 * Returns a function that makes the schema of an object. The compiler compares the schemas of the
 * fields with `T` both ways: the same fields, optional in both or neither, of the same types. Unknown
 * fields are kept.
 */
export function objectOf<T>(): <S extends SchemaOf<T>>(fields: S & Exactly<T, S>) => z.ZodType<T>;
// The compiler can only compare with a T that it knows: that is at the calls, by the signature above.
export function objectOf(): (fields: z.ZodRawShape) => z.ZodType {
  return (fields) => z.looseObject(fields);
}

function integer(minimum?: number, maximum?: number): z.ZodType<number> {
  let schema = z.number().refine(Number.isInteger, "must be an integer");
  if (minimum !== undefined) {
    schema = schema.min(minimum);
  }
  if (maximum !== undefined) {
    schema = schema.max(maximum);
  }
  return schema.meta({ type: "integer" });
}

/** An integer of any size. */
export const anyInteger: z.ZodType<number> = integer();
/** An integer that is at least 1. */
export const positiveInteger: z.ZodType<number> = integer(1);
/** An integer that is at least 0. */
export const naturalInteger: z.ZodType<number> = integer(0);
/** An integer of 32 bits. */
export const int32: z.ZodType<number> = integer(-(2 ** 31), 2 ** 31 - 1);
/** An integer of 64 bits; JSON numbers near the limits are rounded to them. */
export const int64: z.ZodType<number> = integer(-(2 ** 63), 2 ** 63);
/** An unsigned integer of 8 bits. */
export const uint8: z.ZodType<number> = integer(0, 2 ** 8 - 1);
/** An unsigned integer of 16 bits. */
export const uint16: z.ZodType<number> = integer(0, 2 ** 16 - 1);
/** An unsigned integer of 32 bits. */
export const uint32: z.ZodType<number> = integer(0, 2 ** 32 - 1);
/** An unsigned integer of 64 bits; JSON numbers near the limit are rounded to it. */
export const uint64: z.ZodType<number> = integer(0, 2 ** 64);
/** An integer of 64 bits that is not negative. */
export const naturalInt64: z.ZodType<number> = integer(0, 2 ** 63);
/** The permission bits of a file. */
export const fileMode: z.ZodType<number> = integer(0, 0o777);
/** A list of strings. */
export const strings: z.ZodType<readonly string[]> = z.array(z.string());

/** The version of the image formats. */
export const schemaVersion: z.ZodType<2> = z
  .custom<2>((value) => value === 2)
  .meta({ type: "integer", minimum: 2, maximum: 2 });

/** A string that has a format. */
export function formatted(format: TextFormat): z.ZodType<string> {
  return z
    .string()
    .refine((text) => hasFormat(text, format))
    .meta({ format });
}

type Values<V> = Readonly<Record<string, V>>;

function isObject<V>(value: unknown): value is Values<V> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Any object. */
export const anyObject: z.ZodType<Values<unknown>> = z
  .custom<Values<unknown>>(isObject)
  .meta({ type: "object" });

/** An object whose values all follow one schema. */
export function mapOf<V>(values: z.ZodType<V>): z.ZodType<Values<V>> {
  return mapWhere(values, () => true).meta({
    type: "object",
    additionalProperties: z.toJSONSchema(values, { target: "draft-04" }),
  });
}

/**
 * Free string values by key. The published pattern `.{1,}` leaves the values of keys without a
 * visible character unchecked.
 */
export const stringMap: z.ZodType<Values<string>> = mapWhere(z.string(), (key) =>
  /./u.test(key),
).meta({ type: "object", patternProperties: { ".{1,}": { type: "string" } } });

function mapWhere<V>(
  values: z.ZodType<V>,
  isChecked: (key: string) => boolean,
): z.ZodType<Values<V>> {
  return z.custom<Values<V>>(isObject).superRefine((map, context) => {
    for (const key of Object.keys(map)) {
      const result = isChecked(key) ? values.safeParse(map[key]) : undefined;
      for (const issue of result?.error?.issues ?? []) {
        context.addIssue({ ...issue, path: [key, ...issue.path] });
      }
    }
  });
}

/** Objects by key; the same keys as in {@linkcode stringMap} go unchecked. */
export const objectMap: z.ZodType<Values<Values<unknown>>> = mapWhere(anyObject, (key) =>
  /./u.test(key),
).meta({ type: "object", patternProperties: { ".{1,}": { type: "object" } } });

/** A value that the published schemas do not check. */
export function unchecked<T>(): z.ZodType<T> {
  return z.custom<T>().meta({});
}
