import { z } from "zod";
import { fileMode, type SchemaOf, strings, uint8 } from "../schema-parts.ts";
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
export const freeBsdDeviceSchema: z.ZodType<FreeBsdDevice> = z.looseObject({
  path: z.string().exactOptional(),
  mode: fileMode.exactOptional(),
} satisfies SchemaOf<FreeBsdDevice>);

/** Schema of {@linkcode FreeBsdJailAllow}. */
export const freeBsdJailAllowSchema: z.ZodType<FreeBsdJailAllow> = z.looseObject({
  setHostname: flag,
  rawSockets: flag,
  chflags: flag,
  mount: strings.exactOptional(),
  quotas: flag,
  socketAf: flag,
  mlock: flag,
  reservedPorts: flag,
  suser: flag,
} satisfies SchemaOf<FreeBsdJailAllow>);

/** Schema of {@linkcode FreeBsdJail}. */
export const freeBsdJailSchema: z.ZodType<FreeBsdJail> = z.looseObject({
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
} satisfies SchemaOf<FreeBsdJail>);

/** Schema of {@linkcode FreeBsd}. */
export const freeBsdSchema: z.ZodType<FreeBsd> = z.looseObject({
  devices: z.array(freeBsdDeviceSchema).exactOptional(),
  jail: freeBsdJailSchema.exactOptional(),
} satisfies SchemaOf<FreeBsd>);
