/**
 * Writes openapi.json from the contract: `bun run openapi`, after a change of `src/contract/`.
 *
 * @module
 */

import { join } from "node:path";
import { openapiDocument } from "../src/contract/openapi.ts";
import { versionInfo } from "../src/version.ts";

const path = join(import.meta.dir, "..", "openapi.json");
await Bun.write(path, `${JSON.stringify(openapiDocument(versionInfo().version), undefined, 2)}\n`);

// As the linter wants it, so that a change of the contract is all that a diff shows.
const format = Bun.spawn(["bunx", "biome", "format", "--write", path], { stdout: "ignore" });
process.exitCode = await format.exited;
