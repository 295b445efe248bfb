-- A workload for Lua: closures, tables, strings, metatables, recursion, floats, files, the collector.
math.randomseed(42)
local scale = 1

local function sieve(n)
  local composite, count = {}, 0
  for i = 2, n do
    if not composite[i] then
      count = count + 1
      for j = i * i, n, i do composite[j] = true end
    end
  end
  return count
end
print("primes", sieve(60000 * scale))

local function queens(n, row, columns, up, down)
  if row > n then return 1 end
  local found = 0
  for c = 1, n do
    if not (columns[c] or up[row + c] or down[row - c]) then
      columns[c], up[row + c], down[row - c] = true, true, true
      found = found + queens(n, row + 1, columns, up, down)
      columns[c], up[row + c], down[row - c] = nil, nil, nil
    end
  end
  return found
end
print("queens", queens(7, 1, {}, {}, {}))

local Vector = {}
Vector.__index = Vector
Vector.__add = function(a, b) return setmetatable({x = a.x + b.x, y = a.y + b.y}, Vector) end
Vector.__eq = function(a, b) return a.x == b.x and a.y == b.y end
Vector.__tostring = function(v) return string.format("(%.6f, %.6f)", v.x, v.y) end
local sum = setmetatable({x = 0, y = 0}, Vector)
for i = 1, 20000 * scale do sum = sum + setmetatable({x = math.sin(i), y = math.exp(-i / 1000)}, Vector) end
print("vector", tostring(sum), sum == sum)

local words, seen = {}, {}
for i = 1, 5000 * scale do
  local word = {}
  for j = 1, math.random(2, 7) do word[j] = string.char(96 + math.random(1, 26)) end
  words[i] = table.concat(word)
  seen[words[i]] = (seen[words[i]] or 0) + 1
end
table.sort(words, function(a, b) return a > b end)
print("words", words[1], words[#words // 2], words[#words])
local distinct = 0
for _ in pairs(seen) do distinct = distinct + 1 end
print("distinct", distinct)

local file = assert(io.open("/data/words.txt", "w"))
for i, word in ipairs(words) do file:write(i, " ", word, "\n") end
file:close()
local total, vowels = 0, 0
for line in io.lines("/data/words.txt") do
  local number, word = line:match("^(%d+) (%a+)$")
  total = total + tonumber(number)
  vowels = vowels + select(2, word:gsub("[aeiou]", string.upper))
end
print("lines", total, vowels)

local function fibonacci(n) if n < 2 then return n end return fibonacci(n - 1) + fibonacci(n - 2) end
print("fibonacci", fibonacci(22))

local weak = setmetatable({}, {__mode = "v"})
for i = 1, 1000 do weak[i] = {i} end
collectgarbage()
print("weak", #weak == 0 or next(weak) == nil)

local hash = 5381
for i = 1, 30000 * scale do hash = ((hash << 5) ~ hash ~ i) & 0xffffffff end
print(string.format("hash %08x %q %a", hash, 1 / 3, math.pi))
print(string.rep("ab", 3, "-"), utf8.char(228, 8364, 119070), ("%5.2f|%-8s|%+d"):format(3.14159, "left", 42))
