import { ContainerError } from "@ctr/spec";
import type { UnitProperty } from "./property.ts";
import { parseVariantText, type TypedValue } from "./variant-text.ts";

const prefix = "org.systemd.property.";

/**
 * Returns the properties that annotations ask for: `org.systemd.property.TimeoutStopUSec: "uint64 123456789"`.
 *
 * The value is in the text format of GVariant. A property whose name ends in `Sec` is in seconds, as in unit files; it is
 * passed on as the one in microseconds that the bus knows.
 *
 * @throws {ContainerError} ERR_INVALID_CONFIG; names the annotation
 */
export function propertiesOfAnnotations(
  annotations: Readonly<Record<string, string>>,
): UnitProperty[] {
  return Object.entries(annotations)
    .filter(([key]) => key.startsWith(prefix))
    .map(([key, text]) => {
      const name = key.slice(prefix.length);
      try {
        if (!/^[A-Za-z]{3,}$/.test(name))
          throw new SyntaxError(`"${name}" is not the name of a property`);
        const value = parseVariantText(text);
        return /[a-z]Sec$/.test(name)
          ? { name: name.replace(/Sec$/, "USec"), ...microseconds(value) }
          : { name, ...value };
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error;
        throw new ContainerError(`Cannot use the annotation ${key}: ${error.message}`, {
          code: "ERR_INVALID_CONFIG",
          kind: "invalid",
          pointer: `/annotations/${key}`,
          hint: "Write the value as GVariant: 'text', true, uint64 5, ['a', 'b']",
          cause: error,
        });
      }
    });
}

function microseconds({ signature, value }: TypedValue): TypedValue {
  if (typeof value !== "number" && typeof value !== "bigint") {
    throw new SyntaxError(`a time in seconds is a number, not of the type ${signature}`);
  }
  const result =
    typeof value === "bigint" ? value * 1_000_000n : BigInt(Math.round(value * 1_000_000));
  if (result < 0n || result >= 2n ** 64n)
    throw new SyntaxError(`${value} seconds are out of range`);
  return { signature: "t", value: result };
}
