import { expect, test } from "bun:test";
import fc from "fast-check";
import { constant } from "../machine/constants.ts";
import { describeProgram, explainProgram } from "./explain.ts";
import { explainDifference } from "./explain-diff.ts";
import type { Program, Step } from "./step.ts";

function programOf(...steps: readonly Step[]): Program {
  return { preserveFds: 0, descriptors: ["report"], steps };
}

const example: Program = {
  preserveFds: 2,
  descriptors: ["report", "sync"],
  steps: [
    {
      call: "close_range",
      args: [7, 0xffff_ffff, constant("CLOSE_RANGE_CLOEXEC")],
      origin: "",
      does: "mark descriptors close-on-exec",
    },
    {
      call: "open_tree",
      args: [constant("AT_FDCWD"), { text: "/bundle/root fs" }, constant("OPEN_TREE_CLONE")],
      save: "rootfs",
      origin: "/root",
      does: 'open the root filesystem "/bundle/root fs"',
    },
    {
      call: "openat2",
      args: [
        { slot: "rootfs" },
        { text: "/dev" },
        {
          struct: [
            { u64: constant("O_PATH", "O_DIRECTORY", "O_CLOEXEC") },
            { u64: 0 },
            { u64: constant("RESOLVE_IN_ROOT") },
          ],
        },
        24,
      ],
      save: "dev",
      on: { ENOENT: "dev:make", ENOTDIR: "dev:fail" },
      origin: "/mounts/1",
      does: 'open the directory "/dev"',
    },
    { jump: "dev:have" },
    { label: "dev:make" },
    {
      call: "mkdirat",
      args: [{ slot: "rootfs" }, { text: "dev" }, 0o755],
      accept: ["EEXIST"],
      origin: "/mounts/1",
      does: 'make the directory "/dev"',
    },
    { jump: "dev:have", when: { slot: "dev", isNot: 0 } },
    { jump: "dev:have", when: { slot: "dev", is: -2 } },
    { label: "dev:fail" },
    { fail: "ENOTDIR", origin: "/mounts/1", does: 'mount on "/dev"' },
    { label: "dev:have" },
    { set: "copy", to: { slot: "dev" } },
    {
      call: "read",
      args: [{ descriptor: "sync" }, { buffer: "answer", size: 16 }, 1n],
      origin: "",
      does: "wait for the launcher",
    },
    {
      call: "prctl",
      args: [-1, { addressOf: "copy" }, 0x1_0000_0000n, { bytes: new Uint8Array([0, 255]) }],
      origin: "",
      does: "show other arguments",
    },
    {
      call: "seccomp",
      args: [
        constant("SECCOMP_SET_MODE_FILTER"),
        0,
        {
          struct: [
            { u16: 5 },
            { pad: 6 },
            { u64: { bytes: new Uint8Array(40) } },
            { inline: new Uint8Array([1, 2]) },
          ],
        },
      ],
      origin: "/linux/seccomp",
      does: "set the seccomp filter",
    },
    { tell: "ready" },
    { tell: "pid", value: { slot: "copy" } },
    {
      call: "execve",
      args: [{ text: "/bin/sh" }, { texts: ["sh", "-c", 'echo "a\n"'] }, { texts: [] }],
      origin: "/process/args/0",
      does: 'execute "/bin/sh"',
      hint: "Is it there?",
    },
    { exit: 127 },
  ],
};

test("explainProgram() prints a step a line, in columns", () => {
  expect(explainProgram(example)).toMatchInlineSnapshot(`
    "                     <report> = 5 <sync> = 6
     0                   close_range(7, 0xffffffff, CLOSE_RANGE_CLOEXEC)                    # mark descriptors close-on-exec
     1  /root            $rootfs = open_tree(AT_FDCWD, "/bundle/root fs", OPEN_TREE_CLONE)  # open the root filesystem "/bundle/root fs"
     2  /mounts/1        $dev = openat2($rootfs, "/dev", {u64 O_PATH|O_DIRECTORY|O_CLOEXEC, u64 0, u64 RESOLVE_IN_ROOT}, 24)  ENOENT -> dev:make  ENOTDIR -> dev:fail  # open the directory "/dev"
     3                   jump dev:have
     4                   dev:make:
     5  /mounts/1        mkdirat($rootfs, "dev", 0755)  ok EEXIST                           # make the directory "/dev"
     6                   jump dev:have if $dev != 0
     7                   jump dev:have if $dev == -2
     8                   dev:fail:
     9  /mounts/1        fail ENOTDIR                                                       # mount on "/dev"
    10                   dev:have:
    11                   $copy = $dev
    12                   read(<sync>, &answer[16], 1)                                       # wait for the launcher
    13                   prctl(-1, &$copy, 0x100000000, x"00ff")                            # show other arguments
    14  /linux/seccomp   seccomp(SECCOMP_SET_MODE_FILTER, 0, {u16 5, pad 6, u64 bytes(40, sha256 2c34ce1df23b838c), x"0102"})  # set the seccomp filter
    15                   tell ready
    16                   tell pid $copy
    17  /process/args/0  execve("/bin/sh", ["sh", "-c", "echo \\"a\\n\\""], [])                # execute "/bin/sh"
    18                   exit 127
    "
  `);
});

test("explainProgram() escapes what a terminal would obey or hide", () => {
  const text = explainProgram(
    programOf({
      call: "chdir",
      args: [{ text: "/a\u001b[2J\nb\u202e\u009b\\" }],
      origin: "/mounts/\r0",
      does: 'enter "\u001b]0;title\u0007" and "\ud800"',
    }),
  );

  expect(text).toMatchInlineSnapshot(`
    "                   <report> = 3
    0  /mounts/\\u{d}0  chdir("/a\\u001b[2J\\nb\\u{202e}\\u{9b}\\\\")  # enter "\\u{1b}]0;title\\u{7}" and "\\u{d800}"
    "
  `);
  expect(text).not.toMatch(/[^\n\P{C}]/u);
});

test("explainProgram() shows that one of many bytes differs", () => {
  const load = (last: number): Program =>
    programOf({
      call: "bpf",
      args: [{ bytes: new Uint8Array(4096).fill(last, 4095) }],
      origin: "",
      does: "load",
    });

  expect(explainProgram(load(1))).toBe(explainProgram(load(1)));
  expect(explainProgram(load(1))).not.toBe(explainProgram(load(2)));
});

test("describeProgram() gives JSON with every field", () => {
  const described = describeProgram({
    ...example,
    steps: [2, 13, 17].flatMap((index) => example.steps.slice(index, index + 1)),
  });

  expect(JSON.parse(JSON.stringify(described))).toEqual(described);
  expect(described).toMatchInlineSnapshot(`
    {
      "descriptors": [
        {
          "name": "report",
          "number": 5,
        },
        {
          "name": "sync",
          "number": 6,
        },
      ],
      "preserveFds": 2,
      "steps": [
        {
          "args": [
            {
              "slot": "rootfs",
            },
            {
              "text": "/dev",
            },
            {
              "struct": [
                {
                  "u64": {
                    "arm64": 2637824,
                    "constant": "O_PATH|O_DIRECTORY|O_CLOEXEC",
                    "value": 2686976,
                  },
                },
                {
                  "u64": 0,
                },
                {
                  "u64": {
                    "constant": "RESOLVE_IN_ROOT",
                    "value": 16,
                  },
                },
              ],
            },
            24,
          ],
          "call": "openat2",
          "does": "open the directory "/dev"",
          "index": 0,
          "on": {
            "ENOENT": "dev:make",
            "ENOTDIR": "dev:fail",
          },
          "origin": "/mounts/1",
          "save": "dev",
          "text": "$dev = openat2($rootfs, "/dev", {u64 O_PATH|O_DIRECTORY|O_CLOEXEC, u64 0, u64 RESOLVE_IN_ROOT}, 24)  ENOENT -> dev:make  ENOTDIR -> dev:fail",
        },
        {
          "args": [
            -1,
            {
              "addressOf": "copy",
            },
            4294967296,
            {
              "bytes": "00ff",
            },
          ],
          "call": "prctl",
          "does": "show other arguments",
          "index": 1,
          "origin": "",
          "text": "prctl(-1, &$copy, 0x100000000, x"00ff")",
        },
        {
          "args": [
            {
              "text": "/bin/sh",
            },
            {
              "texts": [
                "sh",
                "-c",
                
    "echo "a
    ""
    ,
              ],
            },
            {
              "texts": [],
            },
          ],
          "call": "execve",
          "does": "execute "/bin/sh"",
          "hint": "Is it there?",
          "index": 2,
          "origin": "/process/args/0",
          "text": "execve("/bin/sh", ["sh", "-c", "echo \\"a\\n\\""], [])",
        },
      ],
    }
  `);
});

test("explainDifference() is empty for programs that do the same", () => {
  expect(explainDifference(example, structuredClone(example))).toBe("");
});

const mount = (at: number, path: string): Step => ({
  call: "mount",
  args: [{ text: "tmpfs" }, { text: path }],
  origin: `/mounts/${at}`,
  does: `mount "tmpfs" at "${path}"`,
});

test("explainDifference() shows a step more, and not that the others moved", () => {
  const paths = ["/a", "/b", "/c", "/d", "/e", "/f", "/g", "/h", "/i", "/j", "/k"];
  const before = programOf(...paths.map((path, at) => mount(at, path)));
  const after = programOf(
    ...paths
      .toSpliced(1, 0, "/new")
      .with(11, "/other")
      .map((path, at) => mount(at, path)),
  );

  expect(explainDifference(before, after)).toMatchInlineSnapshot(`
    "@@ -1,5 +1,6 @@
                     <report> = 3
      0  /mounts/0   mount("tmpfs", "/a")      # mount "tmpfs" at "/a"
    + 1  /mounts/1   mount("tmpfs", "/new")    # mount "tmpfs" at "/new"
      1  /mounts/1   mount("tmpfs", "/b")      # mount "tmpfs" at "/b"
      2  /mounts/2   mount("tmpfs", "/c")      # mount "tmpfs" at "/c"
      3  /mounts/3   mount("tmpfs", "/d")      # mount "tmpfs" at "/d"
    @@ -9,4 +10,4 @@
      7  /mounts/7   mount("tmpfs", "/h")      # mount "tmpfs" at "/h"
      8  /mounts/8   mount("tmpfs", "/i")      # mount "tmpfs" at "/i"
      9  /mounts/9   mount("tmpfs", "/j")      # mount "tmpfs" at "/j"
    -10  /mounts/10  mount("tmpfs", "/k")      # mount "tmpfs" at "/k"
    +11  /mounts/11  mount("tmpfs", "/other")  # mount "tmpfs" at "/other"
    "
  `);
});

test("explainDifference() sees that names were given other numbers", () => {
  const steps = (paths: readonly string[]): Step[] =>
    paths.flatMap((path, at): Step[] => [
      {
        call: "openat2",
        args: [{ slot: "root" }, { text: path }],
        save: `target-${at}`,
        on: { ENOENT: `target-${at}:make` },
        origin: `/mounts/${at}`,
        does: `open "${path}"`,
      },
      { label: `target-${at}:make` },
      {
        call: "move_mount",
        args: [{ descriptor: `mount-${at}` }, { slot: `target-${at}` }],
        origin: `/mounts/${at}`,
        does: `mount at "${path}"`,
      },
    ]);

  const diff = explainDifference(
    programOf(...steps(["/a", "/b", "/c"])),
    programOf(...steps(["/a", "/new", "/b", "/c"])),
  );

  expect(diff.split("\n").filter((line) => /^[-+]/.test(line))).toMatchInlineSnapshot(`
    [
      "+ 3  /mounts/1  $target-1 = openat2($root, "/new")  ENOENT -> target-1:make  # open "/new"",
      "+ 4             target-1:make:",
      "+ 5  /mounts/1  move_mount(<mount-1>, $target-1)                             # mount at "/new"",
    ]
  `);
});

test("explainDifference() shows a step that takes the slot of another", () => {
  const steps = (slot: string): Step[] => [
    { set: "target-0", to: 1 },
    { set: "target-1", to: 2 },
    { call: "close", args: [{ slot }], origin: "", does: "close" },
  ];

  const diff = explainDifference(programOf(...steps("target-0")), programOf(...steps("target-1")));

  expect(diff.split("\n").filter((line) => /^[-+]/.test(line))).toMatchInlineSnapshot(`
    [
      "-2    close($target-0)  # close",
      "+2    close($target-1)  # close",
    ]
  `);
});

test("explainDifference() shows descriptors and a whole program", () => {
  const more: Program = { ...programOf({ exit: 1 }), descriptors: ["report", "sync"] };

  expect(explainDifference(programOf(), more)).toMatchInlineSnapshot(`
    "@@ -1,1 +1,2 @@
    -     <report> = 3
    +     <report> = 3 <sync> = 4
    +0    exit 1
    "
  `);
});

/** Length of a longest common subsequence, by the definition. */
function commonLength(a: readonly string[], b: readonly string[]): number {
  let previous = new Array<number>(b.length + 1).fill(0);
  for (const each of a) {
    const row = [0];
    for (const [at, other] of b.entries()) {
      row.push(
        each === other ? (previous[at] ?? 0) + 1 : Math.max(row[at] ?? 0, previous[at + 1] ?? 0),
      );
    }
    previous = row;
  }
  return previous[b.length] ?? 0;
}

test("explainDifference() has the least lines, and leads from one program to the other", () => {
  const words = fc.array(fc.constantFrom<string>("a", "b", "c", "d"), { maxLength: 30 });
  fc.assert(
    fc.property(words, words, (a, b) => {
      const named = (each: readonly string[]): Program =>
        programOf(...each.map((text): Step => ({ set: "slot", to: { text } })));

      const diff = explainDifference(named(a), named(b)).split("\n");

      const lines = (sign: string): string[] =>
        diff.filter((line) => line.startsWith(sign) && !line.startsWith("@@"));
      const common = commonLength(a, b);
      expect(lines("-")).toHaveLength(a.length - common);
      expect(lines("+")).toHaveLength(b.length - common);
      const applied = [...a];
      const numbersOf = (sign: string): number[] =>
        lines(sign).map((line) => Number(/\d+/.exec(line)?.[0]));
      for (const at of numbersOf("-").reverse()) applied.splice(at, 1);
      for (const at of numbersOf("+")) applied.splice(at, 0, b[at] ?? "");
      expect(applied).toEqual(b);
    }),
  );
});

test("explainDifference() of two long programs that have little in common ends soon", () => {
  const many = (stem: string): Program =>
    programOf(
      ...Array.from(
        { length: 1500 },
        (_, at): Step => ({
          set: "slot",
          to: { text: at % 10 === 0 ? `same ${at}` : `${stem} ${at}` },
        }),
      ),
    );
  const started = performance.now();

  const diff = explainDifference(many("a"), many("b")).split("\n");

  expect(diff.filter((line) => line.startsWith("-"))).toHaveLength(1350);
  expect(diff.filter((line) => line.startsWith("+"))).toHaveLength(1350);
  expect(performance.now() - started).toBeLessThan(5000);
});
