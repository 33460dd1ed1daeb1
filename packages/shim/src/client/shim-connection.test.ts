import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ShimConnection } from "./shim-connection.ts";

const folder = mkdtempSync(join(tmpdir(), "ctr-test-connection-"));
afterAll(() => rmSync(folder, { recursive: true }));

const hello = '{"hello":{"protocol":1,"id":"web","pid":1}}\n';
const exit = (processId: string): string =>
  `{"event":"exited","params":{"processId":"${processId}","status":0,"exitedAt":"1970-01-01T00:00:00.000Z"}}\n`;

/** A shim that says `answer` in one piece when the last of `requests` has arrived, and may be gone then. */
async function connect(
  name: string,
  answer: string,
  { requests = 1, ends = false } = {},
): Promise<{ connection: ShimConnection; server: Disposable }> {
  const unix = join(folder, name);
  let lines = 0;
  const server = Bun.listen({
    unix,
    socket: {
      open: (socket) => void socket.write(hello),
      data(socket, data) {
        lines += data.toString().split("\n").length - 1;
        if (lines < requests) return;
        if (ends) socket.end(answer);
        else socket.write(answer);
      },
    },
  });
  return {
    connection: await ShimConnection.open(unix),
    server: { [Symbol.dispose]: () => server.stop(true) },
  };
}

test("who asked goes on before the events behind the answer are told", async () => {
  const answer = `${exit("a")}{"id":1,"result":{}}\n${exit("b")}${exit("c")}`;
  const { connection, server } = await connect("order", answer);
  using _ = server;
  const order: string[] = [];
  const told = Promise.withResolvers<void>();
  connection.onEvent = (event) => {
    if (event.event !== "exited") return;
    order.push(event.params.processId);
    if (event.params.processId === "c") told.resolve();
  };
  await connection.request("pause", {});
  order.push("answer");
  await told.promise;
  expect(order).toEqual(["a", "answer", "b", "c"]);
  connection.close();
});

test("answers that came in one piece are all there, also when the shim is gone at once", async () => {
  const answer = `{"id":1,"result":{"pids":[1]}}\n{"id":2,"result":{"pids":[2]}}\n${exit("a")}`;
  const { connection, server } = await connect("gone", answer, { requests: 2, ends: true });
  using _ = server;
  const events: string[] = [];
  connection.onEvent = ({ event }) => events.push(event);
  const answers = [connection.request("pids", {}), connection.request("pids", {})];
  expect(await Promise.all(answers)).toEqual([{ pids: [1] }, { pids: [2] }]);
  await connection.closed;
  expect(events).toEqual(["exited"]);
  await expect(connection.request("pids", {})).rejects.toMatchObject({ code: "ERR_SHIM_GONE" });
});
