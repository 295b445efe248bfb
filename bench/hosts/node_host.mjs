// V8 for one program: node node_host.mjs SECONDS_FILE MODULE ARGUMENTS...
// What it writes to SECONDS_FILE is the CPU time of `_start`, V8's compiler threads included.
import { readFileSync, writeFileSync } from "node:fs";
import { cpuUsage, argv, exit } from "node:process";
import { WASI } from "node:wasi";

const [, , seconds, module, ...args] = argv;
const wasi = new WASI({ version: "preview1", args: ["program", ...args], returnOnExit: true });
const compiled = await WebAssembly.compile(readFileSync(module));
const instance = await WebAssembly.instantiate(compiled, wasi.getImportObject());
const before = cpuUsage();
const status = wasi.start(instance);
const used = cpuUsage(before);
writeFileSync(seconds, String((used.user + used.system) / 1e6));
exit(status);
