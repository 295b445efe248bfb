// V8 for one program: node node_host.mjs SECONDS_FILE MODULE ARGUMENTS...
// What it writes to SECONDS_FILE is the CPU time of `_start`, V8's compiler threads included.
import { readFileSync, writeFileSync } from "node:fs";
import { cpuUsage, argv, exit } from "node:process";
import { WASI } from "node:wasi";

const [, , seconds, module, ...args] = argv;
const wasi = new WASI({ version: "preview1", args: ["program", ...args], returnOnExit: true });
const compiled = await WebAssembly.compile(readFileSync(module));
const instance = await WebAssembly.instantiate(compiled, wasi.getImportObject());
globalThis.before = cpuUsage(); // as a constant of this module, V8 12 frees it while `_start` runs (betweenness)
const status = wasi.start(instance);
const used = cpuUsage(globalThis.before);
writeFileSync(seconds, String((used.user + used.system) / 1e6));
exit(status);
