/**
 * The JSON schemas that the Open Container Initiative publishes, compiled with an independent
 * validator.
 *
 * @module
 */

import { readdirSync, readFileSync } from "node:fs";
import type { ValidateFunction } from "ajv";
import Ajv from "ajv-draft-04";
import addFormats from "ajv-formats";
import { fullFormats } from "ajv-formats/dist/formats";

/** Where the published schemas and fixtures are kept as they came. */
export const fixtures: URL = new URL("./fixtures/", import.meta.url);

/** Makes a validator that checks formats. */
function createAjv(): Ajv {
  const ajv = new Ajv({ strict: false });
  addFormats(ajv);
  const { uri } = fullFormats;
  if (typeof uri !== "function") {
    throw new Error("ajv-formats no longer has a function for uri");
  }
  // RFC 3986, section 3: nothing may have to follow the scheme ("path-empty"), brackets stand in an
  // authority only, and no quotation mark anywhere. ajv-formats has these three otherwise.
  ajv.addFormat(
    "uri",
    (text: string) =>
      (uri(text) && !/"|^[^/]*:\/\[/.test(text)) || /^[a-z][a-z0-9+.-]*:(?=$|[?#])/i.test(text),
  );
  return ajv;
}

/** Returns the schemas in a folder of the fixtures, each under the name of its file. */
function compileFolder(folder: string): (file: string) => ValidateFunction {
  const ajv = createAjv();
  const directory = new URL(folder, fixtures);
  for (const file of readdirSync(directory).filter((name) => name.endsWith(".json"))) {
    const schema = JSON.parse(readFileSync(new URL(file, directory), "utf8"), withoutIds);
    ajv.addSchema(schema, file);
  }
  return (file) => {
    const validate = ajv.getSchema(file);
    if (validate === undefined) {
      throw new Error(`There is no schema ${file}`);
    }
    return validate;
  };
}

/**
 * Leaves out the ids of schemas: they would make references relative to addresses at which the
 * files do not stand.
 */
function withoutIds(this: unknown, key: string, value: unknown): unknown {
  return key === "id" && typeof value === "string" ? undefined : value;
}

/** Returns the validator of a file of the runtime specification, such as `config-schema.json`. */
export const runtimeSchema: (file: string) => ValidateFunction =
  compileFolder("runtime-spec/schema/");

/** Returns the validator of a file of the image specification, such as `image-index-schema.json`. */
export const imageSchema: (file: string) => ValidateFunction = compileFolder("image-spec/schema/");

/** Returns the validator of a JSON schema of draft 4 that stands alone. */
export function compileSchema(schema: object): ValidateFunction {
  return createAjv().compile(schema);
}
