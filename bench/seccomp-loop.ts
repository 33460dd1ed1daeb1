/**
 * What benchSeccomp() runs in containers: makes system calls over and over and prints how many nanoseconds of processor time one took, call by call.
 *
 * @module
 */

import { dlopen, FFIType } from "bun:ffi";

const { i64_fast: long } = FFIType;
const { syscall } = dlopen("libc.so.6", {
  syscall: { args: [long, long], returns: long },
}).symbols;

const [warm, counted] = [20_000, 100_000];
const [argument = 0, ...numbers] = process.argv.slice(2).map(Number);
const costs = numbers.map((number) => {
  for (let index = 0; index < warm; index++) syscall(number, argument);
  // Processor time, which other work on the machine does not lengthen.
  const before = process.cpuUsage();
  for (let index = 0; index < counted; index++) syscall(number, argument);
  const { user, system } = process.cpuUsage(before);
  return ((user + system) * 1000) / counted;
});
process.stdout.write(JSON.stringify(costs));
