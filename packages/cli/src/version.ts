import manifest from "../package.json" with { type: "json" };

/** Version of `ctr`. */
export const version: string = manifest.version;
