import { existsSync } from "node:fs";
import { ContainerError } from "@ctr/spec";
import type { DBusConnection, Message, MessageBus } from "dbus-native";
import { reasonOf } from "../../kernel/system-call-error.ts";
import type { UnitProperty } from "./property.ts";

const service = "org.freedesktop.systemd1";
const path = "/org/freedesktop/systemd1";
const managerInterface = `${service}.Manager`;
const jobDeadlineMs = 30_000;
const wakeEveryMs = 20;

/** A connection to the systemd of the machine or of a user. */
export class SystemdManager implements AsyncDisposable {
  readonly #bus: MessageBus;
  readonly #variant: typeof import("dbus-native").Variant;
  /** How jobs ended, by object path. */
  readonly #results: Map<string, string> = new Map();
  #changed: PromiseWithResolvers<void> = Promise.withResolvers();

  private constructor(bus: MessageBus, variant: typeof import("dbus-native").Variant) {
    this.#bus = bus;
    this.#variant = variant;
    bus.connection.on("message", (message: Message) => this.#receive(message));
  }

  /**
   * Connects: to systemd itself where its socket is, else over the bus.
   *
   * @param user the systemd of the user in place of the machine's
   * @throws {ContainerError} ERR_NO_SYSTEMD
   */
  static async connect(user: boolean): Promise<SystemdManager> {
    const address = findAddress(user);
    if (address === undefined) throw noSystemd(user, "there is no socket of it");
    // Loaded only here: it costs time and memory that other containers need not spend.
    const { createClient, Variant } = await import("dbus-native");
    const bus = createClient({ ...address, fdTransport: false });
    const manager = new SystemdManager(bus, Variant);
    try {
      await connected(bus.connection);
      await (address.direct ? manager.#wake() : manager.#subscribe());
      return manager;
    } catch (error) {
      await manager[Symbol.asyncDispose]();
      throw noSystemd(user, reasonOf(error), error);
    }
  }

  /**
   * Makes a unit that lives as long as it has processes, and waits until it has started.
   *
   * @throws {ContainerError} ERR_SYSTEMD
   */
  async startTransientUnit(unit: string, properties: readonly UnitProperty[]): Promise<void> {
    const body = [unit, "replace", this.#pairs(properties), []];
    const start = (): Promise<string> => this.#call("StartTransientUnit", "ssa(sv)a(sa(sv))", body);
    let job: string;
    try {
      job = await start();
    } catch (error) {
      if (!isBusError(error, "UnitExists")) throw failed(`start the unit ${unit}`, error);
      // It may be one that failed earlier and was left for its state to be looked at.
      await this.resetFailedUnit(unit);
      job = await start().catch((again: unknown) => {
        throw failed(`start the unit ${unit}`, again);
      });
    }
    const result = await this.#jobResult(unit, job);
    if (result === "done") return;
    await this.resetFailedUnit(unit);
    throw new ContainerError(`Cannot start the unit ${unit}: systemd says "${result}"`, {
      code: "ERR_SYSTEMD",
      kind: "internal",
      hint: `systemctl status ${unit} and the journal may say more`,
    });
  }

  /** Stops a unit and waits for it; one that is gone is fine. */
  async stopUnit(unit: string): Promise<void> {
    try {
      const job = await this.#call<string>("StopUnit", "ss", [unit, "replace"]);
      await this.#jobResult(unit, job);
    } catch (error) {
      if (!isBusError(error, "NoSuchUnit")) throw failed(`stop the unit ${unit}`, error);
    }
    await this.resetFailedUnit(unit);
  }

  /** Lets systemd forget a unit that failed. */
  async resetFailedUnit(unit: string): Promise<void> {
    try {
      await this.#call("ResetFailedUnit", "s", [unit]);
    } catch (error) {
      if (!isBusError(error, "NoSuchUnit")) throw failed(`reset the unit ${unit}`, error);
    }
  }

  /** Changes properties of a unit until it ends. */
  async setUnitProperties(unit: string, properties: readonly UnitProperty[]): Promise<void> {
    if (properties.length === 0) return;
    try {
      await this.#call("SetUnitProperties", "sba(sv)", [unit, true, this.#pairs(properties)]);
    } catch (error) {
      throw failed(`change the unit ${unit}`, error);
    }
  }

  /** Returns systemd's major version. */
  async version(): Promise<number> {
    const text = await this.#property("Version");
    return Number(/\d+/.exec(text)?.[0] ?? 0);
  }

  /** Returns the cgroup that systemd's own tree starts at; empty for that of a machine. */
  async controlGroup(): Promise<string> {
    const text = await this.#property("ControlGroup");
    return text === "/" ? "" : text;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#bus.close();
  }

  #pairs(properties: readonly UnitProperty[]): [string, unknown][] {
    return properties.map(({ name, signature, value }) => [
      name,
      new this.#variant(signature, value),
    ]);
  }

  async #call<T = unknown>(member: string, signature: string, body: unknown[]): Promise<T> {
    const message = {
      destination: service,
      path,
      interface: managerInterface,
      member,
      signature,
      body,
    };
    return await this.#bus.invoke<T>(message);
  }

  async #property(name: string): Promise<string> {
    return await this.#bus.invoke<string>({
      destination: service,
      path,
      interface: "org.freedesktop.DBus.Properties",
      member: "Get",
      signature: "ss",
      body: [managerInterface, name],
    });
  }

  /**
   * Waits for a first answer. A message that reaches systemd together with the end of the authentication lies in its
   * buffer until more comes, so that is sent until then.
   */
  async #wake(): Promise<void> {
    const ping = async (): Promise<void> =>
      this.#bus.invoke({
        destination: service,
        path,
        interface: "org.freedesktop.DBus.Peer",
        member: "Ping",
      });
    const more = setInterval(() => void ping().catch(() => undefined), wakeEveryMs);
    try {
      await ping();
    } finally {
      clearInterval(more);
    }
  }

  async #subscribe(): Promise<void> {
    await this.#bus.addMatch(`type='signal',interface='${managerInterface}',member='JobRemoved'`);
    await this.#call("Subscribe", "", []);
  }

  #receive({ interface: from, member, body }: Message): void {
    if (from !== managerInterface || member !== "JobRemoved") return;
    const [, job, , result] = body ?? [];
    this.#results.set(String(job), String(result));
    this.#changed.resolve();
  }

  /** Waits until a job has ended; its end may have been told before its name was known. */
  async #jobResult(unit: string, job: string): Promise<string> {
    const deadline = AbortSignal.timeout(jobDeadlineMs);
    deadline.addEventListener("abort", () => this.#changed.resolve());
    for (;;) {
      const result = this.#results.get(job);
      if (result !== undefined) {
        this.#results.delete(job);
        return result;
      }
      if (deadline.aborted) {
        throw new ContainerError(
          `Cannot wait for the unit ${unit}: systemd did not finish in 30 s`,
          {
            code: "ERR_SYSTEMD",
            kind: "unavailable",
          },
        );
      }
      await this.#changed.promise;
      this.#changed = Promise.withResolvers();
    }
  }
}

interface Address {
  readonly socket?: string;
  readonly busAddress?: string;
  /** It is systemd at the other end, not a bus. */
  readonly direct?: boolean;
}

function findAddress(user: boolean): Address | undefined {
  const runtime = user ? process.env["XDG_RUNTIME_DIR"] : "/run";
  const own = `${runtime}/systemd/private`;
  if (runtime !== undefined && existsSync(own)) return { socket: own, direct: true };
  const given = process.env[user ? "DBUS_SESSION_BUS_ADDRESS" : "DBUS_SYSTEM_BUS_ADDRESS"];
  if (given) return { busAddress: given };
  const bus = user ? `${runtime}/bus` : "/run/dbus/system_bus_socket";
  return runtime !== undefined && existsSync(bus) ? { socket: bus } : undefined;
}

function connected(connection: DBusConnection): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  connection.on("connect", resolve);
  // Also later: an error of a connection that nobody listens to would end the process; calls fail by themselves.
  connection.on("error", reject);
  connection.on("close", (cause) => reject(cause ?? new Error("the connection was closed")));
  return promise;
}

function isBusError(error: unknown, name: string): boolean {
  return (
    error instanceof Error && "dbusName" in error && String(error.dbusName).endsWith(`.${name}`)
  );
}

function failed(what: string, cause: unknown): ContainerError {
  return new ContainerError(`Cannot ${what}: ${reasonOf(cause)}`, {
    code: "ERR_SYSTEMD",
    kind:
      isBusError(cause, "AccessDenied") || isBusError(cause, "InteractiveAuthorizationRequired")
        ? "forbidden"
        : "internal",
    cause,
  });
}

function noSystemd(user: boolean, why: string, cause?: unknown): ContainerError {
  const whose = user ? "the user's systemd" : "systemd";
  return new ContainerError(`Cannot reach ${whose}: ${why}`, {
    code: "ERR_NO_SYSTEMD",
    kind: "unsupported",
    hint: user
      ? "XDG_RUNTIME_DIR must be set, and the user logged in (loginctl enable-linger keeps its systemd)"
      : "Leave out --systemd-cgroup on machines whose init is not systemd",
    cause,
  });
}
