/**
 * The one executable that all four programs are: it acts as `ctr`, `ctrd`, `ctr-shim` or `bunc` by the name
 * that it is called by. One file means that every shim, the daemon and the runtime share their pages.
 *
 * @module
 */

import { basename } from "node:path";

/** A program: takes the arguments after its name and that name, resolves to its exit code. */
type Program = (argv: readonly string[], name: string) => Promise<number>;

// Imported only when called by that name: what a program does not use costs it nothing at start-up.
const programs: Readonly<Record<string, () => Promise<{ readonly main: Program }>>> = {
  bunc: () => import("@ctr/runtime/oci-cli"),
  // Links of these names serve what knows no other runtime, or takes flags only of one that is called so.
  crun: () => import("@ctr/runtime/oci-cli"),
  runc: () => import("@ctr/runtime/oci-cli"),
  "ctr-shim": () => import("@ctr/shim/main"),
  ctrd: () => import("@ctr/daemon/main"),
  ctr: () => import("ctr/main"),
};

const name = basename(process.argv0);
const load = programs[name] ?? programs["ctr"];
if (load === undefined) throw new Error("Cannot find the program ctr in its own executable");
// The daemon lives long enough for compiling to pay; see build.ts.
if (name === "ctrd") Bun.unsafe.setJITPolicy(1);
const { main } = await load();
process.exit(await main(process.argv.slice(2), name));
