import { join } from "node:path";

const built = process.env["CTR_TEST_BUNC"];

/** What `bunc` is: the built executable that the variable CTR_TEST_BUNC names, else its sources. */
export const buncProgram: string = built ?? join(import.meta.dir, "../src/main.ts");

/** The words that `bunc` is called with. */
export const buncCommand: readonly string[] =
  built === undefined ? [process.execPath, buncProgram] : [built];
