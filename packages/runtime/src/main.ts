#!/usr/bin/env bun
/** The program `bunc`. */

import { main } from "./oci-cli/index.ts";

// What still runs, such as a detached program, is not waited for.
process.exit(await main(process.argv.slice(2)));
