import { type CallTable, callNumbers } from "./syscall-numbers.ts";

/** One operation of a call that does the work of several, told apart by its first argument. */
export interface MultiplexedCall {
  readonly number: number;
  readonly operation: number;
}

// SYS_* of linux/net.h and the operations of linux/ipc.h, in the order of their numbers.
const socketOperations = [
  "",
  "socket",
  "bind",
  "connect",
  "listen",
  "accept",
  "getsockname",
  "getpeername",
  "socketpair",
  "send",
  "recv",
  "sendto",
  "recvfrom",
  "shutdown",
  "setsockopt",
  "getsockopt",
  "sendmsg",
  "recvmsg",
  "accept4",
  "recvmmsg",
  "sendmmsg",
];
const ipcOperations: Readonly<Record<string, number>> = {
  semop: 1,
  semget: 2,
  semctl: 3,
  semtimedop: 4,
  msgsnd: 11,
  msgrcv: 12,
  msgget: 13,
  msgctl: 14,
  shmat: 21,
  shmdt: 22,
  shmget: 23,
  shmctl: 24,
};

/**
 * Returns how a program of an architecture can make a call through socketcall(2) or ipc(2), which on x86 (32 bits) exist
 * beside the calls of their own, so that a rule for `socket` reaches both.
 */
export function multiplexed(table: CallTable, name: string): MultiplexedCall | undefined {
  if (table !== "x86") return undefined;
  const socketOperation = name === "" ? -1 : socketOperations.indexOf(name);
  if (socketOperation > 0) return operationOf(table, "socketcall", socketOperation);
  const ipcOperation = ipcOperations[name];
  return ipcOperation === undefined ? undefined : operationOf(table, "ipc", ipcOperation);
}

function operationOf(
  table: CallTable,
  call: string,
  operation: number,
): MultiplexedCall | undefined {
  const number = callNumbers(table).get(call);
  return number === undefined ? undefined : { number, operation };
}
