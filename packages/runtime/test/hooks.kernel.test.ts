import { afterAll, describe, expect, test } from "bun:test";
import { existsSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Config, Hook, Hooks } from "@ctr/spec";
import { load } from "../src/index.ts";
import { TestBundle, withLinux } from "./test-bundle.ts";

const bundle = new TestBundle();
afterAll(() => bundle[Symbol.asyncDispose]());

/** Where hooks of the host write what they have seen. */
const log = join(bundle.path, "hooks.log");

/** A hook that writes its name and status, then does something. */
function hook(name: string, then = "true"): Hook {
  const script = `echo "${name} $(grep -o '"status":"[a-z]*"')" >> ${log}; ${then}`;
  return { path: "/bin/sh", args: ["sh", "-c", script], env: ["PATH=/usr/bin:/bin"] };
}

function withHooks(hooks: Hooks, script = "exec sleep 1000"): Config {
  return bundle.config(script, (config) => ({ ...config, hooks }));
}

/** What the hooks have written since the last time. */
function said(): string[] {
  if (!existsSync(log)) return [];
  const lines = readFileSync(log, "utf8").trim().split("\n");
  rmSync(log);
  return lines;
}

function gone(id: string): void {
  expect(() => load(id, { root: bundle.root })).toThrow("does not exist");
  expect(bundle.remains(id)).toEqual([]);
}

describe("hooks", () => {
  test("run in the directory of the bundle, those in the container in its root", async () => {
    const where = (name: string): Hook => ({
      path: "/bin/sh",
      args: ["sh", "-c", `echo "${name} $(pwd)" >> ${log}`],
      env: ["PATH=/usr/bin:/bin"],
    });
    const config = withHooks({
      prestart: [where("prestart")],
      createRuntime: [where("createRuntime")],
      createContainer: [where("createContainer")],
      poststart: [where("poststart")],
      poststop: [where("poststop")],
    });
    await bundle.run({ ...config, process: { cwd: "/", ...config.process, args: ["/bin/true"] } });

    expect(said()).toEqual([
      `prestart ${bundle.bundle}`,
      `createRuntime ${bundle.bundle}`,
      `createContainer ${bundle.rootfs}`,
      `poststart ${bundle.bundle}`,
      `poststop ${bundle.bundle}`,
    ]);
  });

  test("are run in the order of the specification, with the status of the moment", async () => {
    const container = await bundle.create(
      withHooks({
        prestart: [hook("prestart")],
        createRuntime: [hook("createRuntime 0"), hook("createRuntime 1")],
        createContainer: [hook("createContainer")],
        poststart: [hook("poststart")],
        poststop: [hook("poststop")],
      }),
    );
    const created = '"status":"created"';
    expect(said()).toEqual([
      `prestart ${created}`,
      `createRuntime 0 ${created}`,
      `createRuntime 1 ${created}`,
      `createContainer ${created}`,
    ]);

    await container.start();
    expect(said()).toEqual(['poststart "status":"running"']);
    await container.delete({ force: true });
    expect(said()).toEqual(['poststop "status":"stopped"']);
  });

  test("in the container see its process as it does itself", async () => {
    const script = "cat > /tmp/state-$0; readlink /proc/self/ns/pid >> /tmp/state-$0";
    const inside = (name: string): Hook => ({
      path: "/bin/sh",
      args: ["sh", "-c", script, name],
      env: ["PATH=/bin"],
    });
    const config = withHooks(
      { startContainer: [inside("start")] },
      "cat /tmp/state-start; echo; readlink /proc/self/ns/pid",
    );
    const { stdout, status } = await bundle.run({ ...config, root: { path: "rootfs" } });
    const [state = "", namespace] = stdout.split(/(?<=\})/);
    expect(JSON.parse(state)).toMatchObject({ status: "created", pid: 1 });
    const [first, second] = (namespace ?? "")
      .trim()
      .split("\n")
      .filter((line) => line !== "");
    expect(first).toBe(second);
    expect(status).toBe(0);
  });

  test.each(["prestart", "createRuntime", "createContainer"] as const)(
    "a failing %s hook fails create; poststop hooks run",
    async (name) => {
      const id = bundle.id();
      const config = withHooks({
        createRuntime: [hook("before")],
        [name]: [hook(name, "exit 7")],
        poststop: [hook("poststop")],
      });
      await expect(bundle.create(config, {}, id)).rejects.toThrow(`/hooks/${name}/0`);
      gone(id);
      expect(said().at(-1)).toBe('poststop "status":"stopped"');
    },
  );

  test("what fails before any hook has run does not run poststop hooks", async () => {
    const config = withHooks({ createRuntime: [hook("first")], poststop: [hook("poststop")] });
    const broken = { ...config, mounts: [{ destination: "/mnt", type: "nonsense" }] };
    await expect(bundle.create(broken)).rejects.toThrow("nonsense");
    expect(said()).toEqual([]);
  });

  test("a failing startContainer hook fails start, and the container is gone", async () => {
    const config = withHooks({
      startContainer: [{ path: "/bin/false" }],
      poststop: [hook("poststop")],
    });
    const container = await bundle.create(config);
    await expect(container.start()).rejects.toThrow("(/hooks/startContainer/0)");
    gone(container.id);
    expect(said()).toEqual(['poststop "status":"stopped"']);
  });

  test("of the container before the pivot start in the root filesystem", async () => {
    const container = await bundle.create(
      withHooks({ createContainer: [hook("x", `pwd >> ${log}`)], poststop: [hook("end")] }),
    );
    expect(said().at(-1)).toBe(bundle.rootfs);
    await container.delete({ force: true });
    said();
  });

  test("of the container after the pivot run under its filter", async () => {
    const seccomp = {
      defaultAction: "SCMP_ACT_ALLOW",
      syscalls: [{ names: ["mkdir", "mkdirat"], action: "SCMP_ACT_KILL" }],
    } as const;
    const making: Hook = { path: "/bin/busybox", args: ["mkdir", "/dev/shm/x"] };
    for (const noNewPrivileges of [true, false]) {
      const config = withLinux(withHooks({ startContainer: [making] }), { seccomp });
      const process = { ...(config.process ?? { cwd: "/" }), noNewPrivileges };
      const container = await bundle.create({ ...config, process });
      await expect(container.start()).rejects.toThrow(
        'error running startContainer hook #0: "/bin/busybox" was killed for a bad system call',
      );
      gone(container.id);
    }
  });

  test("a failing poststart hook fails start: the container is stopped and deleted", async () => {
    const config = withHooks({
      poststart: [hook("poststart", "exit 3")],
      poststop: [hook("poststop")],
    });
    const container = await bundle.create(config);
    const { pid } = container;
    await expect(container.start()).rejects.toThrow(
      '(/hooks/poststart/0): error running poststart hook #0: "/bin/sh" as poststart hook failed with exit code 3',
    );
    expect(existsSync(`/proc/${pid}`)).toBe(false);
    gone(container.id);
    expect(said()).toEqual(['poststart "status":"running"', 'poststop "status":"stopped"']);
  });

  test("a failing poststop hook is a warning, and the others run", async () => {
    const warnings: string[] = [];
    const container = await bundle.create(
      withHooks({ poststop: [hook("one", "exit 1"), hook("two")] }),
      { onWarning: (message) => void warnings.push(message) },
    );
    await container.delete();
    expect(said()).toEqual(['one "status":"stopped"', 'two "status":"stopped"']);
    expect(warnings).toEqual([expect.stringContaining("error running poststop hook #0")]);
  });

  test("in the container that take too long are ended", async () => {
    const config = withHooks({
      createContainer: [{ path: "/bin/sleep", args: ["sleep", "1000"], timeout: 1 }],
    });
    await expect(bundle.create(config)).rejects.toThrow("did not end within 1 s");
  });

  test("run outside of the container's filter", async () => {
    const config = withHooks(
      { createContainer: [hook("createContainer", "mkdir /tmp/x && rmdir /tmp/x")] },
      "mkdir /tmp/y",
    );
    const { status, stderr } = await bundle.run(
      withLinux(config, {
        seccomp: {
          defaultAction: "SCMP_ACT_ALLOW",
          syscalls: [{ names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO" }],
        },
      }),
    );
    expect(said()).toEqual(['createContainer "status":"created"']);
    expect([status, stderr]).toEqual([1, expect.stringContaining("Operation not permitted")]);
  });

  test("of all kinds append what they print to the files of annotations", async () => {
    const [out, err] = ["out", "err"].map((name) => join(bundle.path, `hooks.${name}`));
    const say = (name: string): readonly Hook[] => [
      { path: "/bin/sh", args: ["sh", "-c", `echo ${name}; echo ${name} >&2`], env: ["PATH=/bin"] },
    ];
    const config = withHooks({
      prestart: say("prestart"),
      createRuntime: say("createRuntime"),
      createContainer: say("createContainer"),
      startContainer: say("startContainer"),
      poststart: say("poststart"),
      poststop: say("poststop"),
    });
    const annotations = { "run.oci.hooks.stdout": `${out}`, "run.oci.hooks.stderr": `${err}` };
    const container = await bundle.create({ ...config, annotations });
    await container.start();
    await container.delete({ force: true });
    const all = "prestart createRuntime createContainer startContainer poststart poststop".split(
      " ",
    );
    for (const file of [out, err]) {
      expect(
        readFileSync(file ?? "", "utf8")
          .trim()
          .split("\n"),
      ).toEqual(all);
    }
    expect(statSync(out ?? "").mode & 0o777).toBe(0o600);
  });
});
