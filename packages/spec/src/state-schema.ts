import { z } from "zod";
import { anyInteger, naturalInteger, objectOf, stringMap, strings } from "./schema-parts.ts";
import { type ContainerProcessState, containerStatuses, type State } from "./state.ts";

/** Schema of {@linkcode State}. */
export const stateSchema: z.ZodType<State> = objectOf<State>()({
  ociVersion: z.string(),
  id: z.string(),
  status: z.enum(containerStatuses),
  pid: naturalInteger.exactOptional(),
  bundle: z.string(),
  annotations: stringMap.exactOptional(),
});

/** Schema of {@linkcode ContainerProcessState}. */
export const containerProcessStateSchema: z.ZodType<ContainerProcessState> =
  objectOf<ContainerProcessState>()({
    ociVersion: z.string(),
    fds: strings.exactOptional(),
    pid: anyInteger,
    metadata: z.string().exactOptional(),
    state: stateSchema,
  });
