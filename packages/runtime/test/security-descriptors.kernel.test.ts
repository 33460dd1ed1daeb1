/**
 * What of the runtime a container can get hold of: descriptors, memory, its executable, the working directory.
 *
 * The table of all known vulnerabilities and where they are tested is apps/docs/internals/security.md.
 *
 * @module
 */

import { afterAll, describe, expect, test } from "bun:test";
import { closeSync, openSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Container, load } from "../src/index.ts";
import { type Kernel, linuxKernel } from "../src/kernel/index.ts";
import { buncCommand } from "./bunc-command.ts";
import { type Outcome, TestBundle, withLinux, withProcess } from "./test-bundle.ts";

const bundle = new TestBundle();
afterAll(() => bundle[Symbol.asyncDispose]());

const allowed = ["CAP_SYS_PTRACE", "CAP_DAC_READ_SEARCH"] as const;
const mayTrace = { bounding: allowed, effective: allowed, permitted: allowed };

/** Lists the links in a directory of descriptors, one a line; what cannot be read is left out. */
const listLinks = (directory: string): string =>
  `cd ${directory} 2>/dev/null && for fd in *; do echo -n "$fd "; readlink $fd || echo; done`;

/** What descriptors show that is open on the host's files: pipes and FIFOs that lead nowhere are not. */
function hostFiles({ stdout }: Outcome): string[] {
  const links = stdout.split("\n").filter((line) => / \//.test(line));
  return links.filter(
    (line) => !/^[012] /.test(line) && !/ \/(proc\/\d+\/fd|.*\.fifo)$/.test(line),
  );
}

async function created(capabilities = {}): Promise<Container> {
  return await bundle.create(
    withProcess(bundle.config("exec sleep 1000"), { terminal: false, capabilities }),
  );
}

describe("CVE-2016-9962: who is executed in a container reaches the runtime's process in there", () => {
  test("nothing of the host is open in a process that waits for start, also for who may trace it", async () => {
    const container = await created(mayTrace);
    try {
      // Whoever may trace root's processes is shown all: the descriptors themselves must be harmless.
      const all = await bundle.exec(container, listLinks("/proc/1/fd"), {
        capabilities: mayTrace,
      });
      expect(all.stdout).toContain("/exec.fifo");
      expect(hostFiles(all)).toEqual([]);
      // A way to a directory of the host would be as good: every descriptor is tried as one.
      const tried = await bundle.exec(
        container,
        "for fd in /proc/1/fd/*; do ls $fd/ 2>/dev/null; done",
        { capabilities: mayTrace },
      );
      expect(tried.stdout).toBe("");
    } finally {
      await container.delete({ force: true });
    }
  });

  test("root without the right to trace sees no descriptor, memory or root of it", async () => {
    const container = await created();
    try {
      const { stdout, stderr } = await bundle.exec(
        container,
        "readlink /proc/1/fd/0; ls /proc/1/root/; cat /proc/1/mem; cat /proc/1/environ; echo >/proc/1/fd/4",
      );
      expect(stdout).toBe("");
      expect(stderr.match(/Permission denied|nonexistent|can't/gi)?.length).toBeGreaterThanOrEqual(
        4,
      );
      expect(container.status()).toBe("created");
    } finally {
      await container.delete({ force: true });
    }
  });

  test("a process that comes in cannot be looked at when it is all but the user's program", async () => {
    // It stands still while the launcher fetches the listener of its filter; it has its user and its rights by then.
    const listenerPath = join(bundle.path, "agent.sock");
    using _agent = Bun.listen({ unix: listenerPath, socket: { data: () => undefined } });
    const go = join(bundle.rootfs, "tmp/go");
    const script = `until [ -e /tmp/go ]; do sleep 0.02; done
      cd /proc; for pid in [0-9]*; do cat $pid/comm; for fd in $pid/fd/*; do readlink $fd; done; ls $pid/root/; done 2>/dev/null; echo seen; exec sleep 1000`;
    const config = withLinux(withProcess(bundle.config(script), { noNewPrivileges: true }), {
      seccomp: {
        defaultAction: "SCMP_ACT_ALLOW",
        listenerPath,
        syscalls: [{ names: ["acct"], action: "SCMP_ACT_NOTIFY" }],
      },
    });
    const container = await bundle.create(config);
    await container.start();
    const looks: Kernel = {
      launch: (request) => linuxKernel().launch(request),
      call: (name, ...args) => {
        if (name === "pidfd_getfd") {
          writeFileSync(go, "");
          const output = join(bundle.path, `${container.id}.out`);
          Bun.spawnSync(["sh", "-c", `until grep -q seen ${output}; do sleep 0.02; done`], {
            timeout: 15_000,
          });
        }
        return linuxKernel().call(name, ...args);
      },
    };
    try {
      const { capabilities } = config.process ?? {};
      await bundle.exec(load(container.id, { root: bundle.root, kernel: looks }), "exit 0", {
        noNewPrivileges: true,
        ...(capabilities === undefined ? {} : { capabilities }),
      });
      const [itself = "", other = ""] = bundle.output(container.id).split("bunc:exec");
      expect(itself).toMatch(/^sh\n\/dev\/null\n.*\nbin\n/s);
      // Nothing of it but that it is there.
      expect(other).toBe("\nseen\n");
    } finally {
      rmSync(go, { force: true });
      await container.delete({ force: true });
    }
  });
});

describe("CVE-2019-5736: the runtime's executable is overwritten by way of /proc/PID/exe", () => {
  const sha256 = (path: string): string =>
    new Bun.CryptoHasher("sha256").update(readFileSync(path)).digest("hex");

  test("an entry point that is /proc/self/exe is our few sealed kilobytes, and never Bun", async () => {
    const before = sha256(process.execPath);
    symlinkSync("/proc/self/exe", join(bundle.rootfs, "bin/again"));

    const config = withProcess(bundle.config(""), { args: ["/bin/again"] });
    const outcome = await bundle.run(config);

    // It executes the program itself once more, which finds none of the descriptors that it was made for.
    expect(outcome).toMatchObject({ stdout: "", stderr: "" });
    expect(sha256(process.execPath)).toBe(before);
  });

  test("whoever waits to write to the executable of what comes in gets nothing", async () => {
    const before = sha256(process.execPath);
    // The classic: open it for reading as soon as it appears, and then again for writing through /proc/self/fd.
    const attack = `while :; do for pid in /proc/[0-9]*; do case $pid in /proc/1|/proc/$$) continue;; esac
      exe=$(readlink $pid/exe) || continue
      case $exe in /bin/*|"") ;; *) echo "saw $exe"; ( : >>$pid/exe ) && echo "WROTE to $exe";; esac
      done; done 2>/dev/null`;
    const container = await bundle.create(bundle.config(attack));
    await container.start();
    try {
      for (let round = 0; round < 20; round++) await bundle.exec(container, "exit 0");
      const seen = bundle.output(container.id);
      expect(seen).not.toContain("WROTE");
      expect(seen).not.toMatch(/saw .*bun/);
    } finally {
      await container.delete({ force: true });
    }
    expect(sha256(process.execPath)).toBe(before);
  });

  test("the executable of a process that waits for start cannot be written to, even from outside", async () => {
    const container = await created();
    try {
      expect(() => openSync(`/proc/${container.pid}/exe`, "r+")).toThrow(
        expect.objectContaining({ code: expect.stringMatching(/ETXTBSY|EPERM|EACCES/) }),
      );
    } finally {
      await container.delete({ force: true });
    }
  });
});

describe("CVE-2024-21626: a descriptor of the host that leaks, and a working directory that leads there", () => {
  const numbers = Array.from({ length: 38 }, (_, index) => index + 3);

  test.each(["/proc/self/fd", "/proc/thread-self/fd", "/proc/1/fd"])(
    "no number below %s is a working directory",
    async (directory) => {
      // What it would look for, open where the runtime might take it along.
      const opened = ["/", "/proc", "/sys/fs/cgroup"].map((path) => openSync(path, "r"));
      try {
        for (const number of numbers) {
          const config = withProcess(bundle.config("pwd"), { cwd: `${directory}/${number}` });
          await expect(bundle.run(config)).rejects.toMatchObject({
            code: "ERR_CONTAINER_INIT",
            pointer: expect.stringMatching(/^\/process\/cwd$/),
          });
        }
      } finally {
        for (const file of opened) closeSync(file);
      }
    },
  );

  test("nor for who is executed, by number or by a link of the image", async () => {
    symlinkSync("/proc/self/fd/7", join(bundle.rootfs, "seven"));
    const container = await bundle.create(bundle.config("exec sleep 1000"));
    await container.start();
    try {
      for (const cwd of [...numbers.map((number) => `/proc/self/fd/${number}`), "/seven"]) {
        await expect(bundle.exec(container, "pwd", { cwd })).rejects.toMatchObject({
          code: "ERR_CONTAINER_INIT",
          pointer: "/cwd",
        });
      }
    } finally {
      await container.delete({ force: true });
    }
  });

  test.each(["run", "exec"] as const)(
    "%s: descriptors of whoever calls bunc stay outside, without and with --preserve-fds",
    async (verb) => {
      const show = listLinks("/proc/self/fd");
      const container =
        verb === "exec" ? await bundle.create(bundle.config("exec sleep 1000")) : undefined;
      await container?.start();
      try {
        const seen = (...flags: readonly string[]): string[] => {
          const args =
            container === undefined
              ? [verb, "--bundle", bundle.bundle, ...flags, bundle.id()]
              : [verb, ...flags, container.id, "/bin/sh", "-c", show];
          writeFileSync(join(bundle.bundle, "config.json"), JSON.stringify(bundle.config(show)));
          // 3 to 9 are directories of the host, as a careless caller may have them.
          const opens = [3, 4, 5, 6, 7, 8, 9].map((number) => `exec ${number}</root`).join("; ");
          const command = [...buncCommand, "--root", bundle.root, ...args];
          const { stdout, stderr, exitCode } = Bun.spawnSync(
            ["sh", "-c", `${opens}; exec "$@"`, "sh", ...command],
            { stdin: "ignore" },
          );
          expect({ stderr: stderr.toString(), exitCode }).toEqual({ stderr: "", exitCode: 0 });
          return stdout.toString().trim().split("\n").sort();
        };
        // The shell has the directory of descriptors open while it lists it.
        const own = (lines: readonly string[]): string[] =>
          lines
            .filter((line) => /^\d+ ./.test(line) && !/\/proc\/\d+\/fd$/.test(line))
            .map((line) => line.split(" ")[0] ?? "");

        expect(own(seen())).toEqual(["0", "1", "2"]);
        expect(own(seen("--preserve-fds", "2"))).toEqual(["0", "1", "2", "3", "4"]);
      } finally {
        await container?.delete({ force: true });
      }
    },
  );
});
