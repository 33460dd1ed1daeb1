import { z } from "zod";
import { fileMode, objectOf, strings, uint8 } from "../schema-parts.ts";
import {
  type FreeBsd,
  type FreeBsdDevice,
  type FreeBsdJail,
  type FreeBsdJailAllow,
  freeBsdSharingModes,
} from "./freebsd.ts";

const sharing = z.enum(freeBsdSharingModes).exactOptional();
const sharingNotDisabled = z.enum(["new", "inherit"]).exactOptional();
const flag = z.boolean().exactOptional();

/** Schema of {@linkcode FreeBsdDevice}. */
export const freeBsdDeviceSchema: z.ZodType<FreeBsdDevice> = objectOf<FreeBsdDevice>()({
  path: z.string().exactOptional(),
  mode: fileMode.exactOptional(),
});

/** Schema of {@linkcode FreeBsdJailAllow}. */
export const freeBsdJailAllowSchema: z.ZodType<FreeBsdJailAllow> = objectOf<FreeBsdJailAllow>()({
  setHostname: flag,
  rawSockets: flag,
  chflags: flag,
  mount: strings.exactOptional(),
  quotas: flag,
  socketAf: flag,
  mlock: flag,
  reservedPorts: flag,
  suser: flag,
});

/** Schema of {@linkcode FreeBsdJail}. */
export const freeBsdJailSchema: z.ZodType<FreeBsdJail> = objectOf<FreeBsdJail>()({
  parent: z.string().exactOptional(),
  host: sharingNotDisabled,
  ip4: sharing,
  ip4Addr: strings.exactOptional(),
  ip6: sharing,
  ip6Addr: strings.exactOptional(),
  vnet: sharingNotDisabled,
  interface: z.string().exactOptional(),
  vnetInterfaces: strings.exactOptional(),
  sysvmsg: sharing,
  sysvsem: sharing,
  sysvshm: sharing,
  enforceStatfs: uint8.exactOptional(),
  allow: freeBsdJailAllowSchema.exactOptional(),
});

/** Schema of {@linkcode FreeBsd}. */
export const freeBsdSchema: z.ZodType<FreeBsd> = objectOf<FreeBsd>()({
  devices: z.array(freeBsdDeviceSchema).exactOptional(),
  jail: freeBsdJailSchema.exactOptional(),
});
