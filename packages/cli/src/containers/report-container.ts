import type { Container } from "@ctr/daemon/client";
import { writeJsonLine } from "../output/output.ts";
import type { Session } from "../session/session.ts";

/** Prints a container that was made or started, for programs. */
export async function reportContainer(session: Session, container: Container): Promise<void> {
  if (session.json) await writeJsonLine(session.output, container);
}
