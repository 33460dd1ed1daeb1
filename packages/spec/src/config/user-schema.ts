import { z } from "zod";
import { objectOf, uint32 } from "../schema-parts.ts";
import type { User } from "./user.ts";

/** Schema of {@linkcode User}. */
export const userSchema: z.ZodType<User> = objectOf<User>()({
  uid: uint32.exactOptional(),
  gid: uint32.exactOptional(),
  umask: uint32.exactOptional(),
  additionalGids: z.array(uint32).exactOptional(),
  username: z.string().exactOptional(),
});
