// A workload for JavaScript: classes, closures, generators, promises, exceptions, regular expressions,
// typed arrays, big integers, JSON, maps, sorting.
class Random {
  constructor(seed) { this.state = seed >>> 0; }
  next(below) {
    this.state = (Math.imul(this.state, 1664525) + 1013904223) >>> 0;
    return (this.state >>> 8) % below;
  }
}
const random = new Random(7);

function* permutations(items) {
  if (items.length < 2) { yield items; return; }
  for (let i = 0; i < items.length; i++)
    for (const rest of permutations([...items.slice(0, i), ...items.slice(i + 1)])) yield [items[i], ...rest];
}
let count = 0, last;
for (const p of permutations([1, 2, 3, 4, 5, 6])) { count++; last = p; }
print("permutations", count, last.join(""));

const counts = new Map();
const text = Array.from({length: 4000}, () => "abcdefgh"[random.next(8)] + "xyz"[random.next(3)]).join(" ");
for (const m of text.matchAll(/\b([a-d])(?<second>[xy])\b/g)) counts.set(m[0], (counts.get(m[0]) ?? 0) + 1);
print("matches", JSON.stringify([...counts].sort()));
print("replaced", text.replace(/(\w)(\w)/g, (_, a, b) => b + a.toUpperCase()).slice(0, 60));

let factorial = 1n;
for (let i = 1n; i <= 200n; i++) factorial *= i;
print("factorial", factorial.toString().length, (factorial % 1000000007n).toString());

const n = 24, a = new Float64Array(n * n).map((_, i) => Math.sin(i)), b = new Float64Array(n * n);
for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) {
  let s = 0;
  for (let k = 0; k < n; k++) s += a[i * n + k] * a[k * n + j];
  b[i * n + j] = s;
}
print("matrix", b[0], b[n * n - 1], b.reduce((x, y) => x + y, 0).toFixed(9));

function deep(k) { return k === 0 ? 0 : 1 + deep(k - 1); }
print("deep", deep(150));

let caught = 0;
for (let i = 0; i < 3000; i++) {
  try { if (i % 3 === 0) throw new RangeError("r" + i); if (i % 3 === 1) null.x; } catch (e) { caught += e instanceof RangeError ? 2 : 1; } finally { caught += 0.5; }
}
print("caught", caught);

const records = Array.from({length: 1500}, (_, i) => ({id: i, key: random.next(1000), tags: ["a" + (i % 7), {deep: [i, null, true, i / 3]}]}));
const again = JSON.parse(JSON.stringify(records));
again.sort((x, y) => x.key - y.key || x.id - y.id);
print("records", again[0].id, again[1499].id, JSON.stringify(again[700]));

const view = new DataView(new ArrayBuffer(64));
view.setFloat32(0, 1 / 3); view.setBigInt64(8, -5n); view.setInt16(3, -2, true);
print("view", Array.from(new Uint8Array(view.buffer).slice(0, 16)).join(","));

const proxy = new Proxy({}, {get: (_, key) => key.length, has: () => true});
print("proxy", proxy.hello, "x" in proxy, new Date(86400000 * 365.25 * 30).toISOString());

let primes = 0;
outer: for (let i = 2; i < 4000; i++) { for (let j = 2; j * j <= i; j++) if (i % j === 0) continue outer; primes++; }
print("primes", primes);

async function later(k) { await null; return k < 1 ? "done" : k % 100 ? later(k - 1) : (await later(k - 1)) + "."; }
later(800).then(r => print("promise", r));
Promise.all([1, 2, 3].map(async k => { await 0; return k * k; })).then(v => print("all", v.join()));
print("last of the script", Symbol("s").toString(), [3, 1, 2].toString(), parseFloat("1e-7"), (0.1).toFixed(20), (255).toString(16));
