import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { containerExists } from "./service-errors.ts";

/** Where the files of a container are. */
export interface ContainerFolders {
  /** Its directory in the state directory. */
  readonly directory: string;
  /** The folder of its logs. */
  readonly logs: string;
}

/** Returns where the files of a container are. */
export function containerFolders(
  places: { readonly stateDirectory: string; readonly root: string },
  id: string,
): ContainerFolders {
  return { directory: join(places.stateDirectory, id), logs: join(places.root, "logs", id) };
}

/**
 * Makes the folders of a new container.
 *
 * @throws {ContainerError} ERR_CONTAINER_EXISTS.
 */
export function makeContainerFolders(id: string, folders: ContainerFolders): void {
  try {
    mkdirSync(folders.directory, { mode: 0o700 });
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") {
      throw containerExists(id);
    }
    throw error;
  }
  // What is there is of an earlier container, whose deletion was cut short.
  rmSync(folders.logs, { recursive: true, force: true });
  mkdirSync(folders.logs, { recursive: true, mode: 0o700 });
}

/** Removes everything of a container from the disk. */
export function removeContainerFolders(folders: ContainerFolders): void {
  rmSync(folders.directory, { recursive: true, force: true });
  rmSync(folders.logs, { recursive: true, force: true });
}
