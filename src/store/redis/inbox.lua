#!lua flags=no-writes
-- A stretch of the inbox, newest first, as of one moment. It guarantees: what the query names is in it, each place once and in
-- order, from `after` to the place that it answers with, and it looks at no more than `look` places.
--
-- It walks along each list that the query is made of, and takes from all the newest that is left. Ids and instants are compared
-- byte by byte: `<` on texts follows the locale that the server was started in.
--
-- Arguments: the inbox, its counts, what lists of the joined start with; after or '', limit, look; prefix flag, prefix; joined_by
-- or '', or_joined_by or ''; how many states, each; then the groups that are left out.
-- Answers {the last place looked at, or '' when nothing is left, place, place, …}.

local call = redis.call
local taken = 0

local function take()
  taken = taken + 1
  return ARGV[taken]
end

local rows, counts, joins = take(), take(), take()
local after, limit, look = take(), tonumber(take()), tonumber(take())
local has_prefix, prefix = take() == '1', take()
local joined_by, or_joined_by = take(), take()
local states = {}
for n = 1, tonumber(take()) do states[n] = take() end
local is_left_out, leaves_out = {}, taken < #ARGV
while taken < #ARGV do is_left_out[take()] = true end

-- Which lists, and whether what is met on them must be looked at closely.

local walks = {}

local function walk(key, is_tested)
  walks[#walks + 1] = { key = key, is_tested = is_tested }
end

local function walk_joined(operator, is_tested)
  for _, state in ipairs(states) do walk(joins .. operator .. ':' .. state, is_tested) end
end

if joined_by ~= '' then
  walk_joined(joined_by, leaves_out and joined_by ~= or_joined_by)
else
  local is_wanted = {}
  for _, state in ipairs(states) do is_wanted[state] = true end
  for _, field in ipairs(call('HKEYS', counts)) do
    local state, group = string.match(field, '^(.-):(.*)$')
    if is_wanted[state] and not is_left_out[group] then walk(rows .. ':' .. field, false) end
  end
  if leaves_out and or_joined_by ~= '' then walk_joined(or_joined_by, false) end
end

-- The walks' heads.

local batch = math.max(4, math.min(limit, math.floor(512 / math.max(#walks, 1))))

local function instant(place)
  local a, b, c, d, e, f, g, h = string.byte(place, 1, 8)
  return ((((((a * 256 + b) * 256 + c) * 256 + d) * 256 + e) * 256 + f) * 256 + g) * 256 + h
end

local function step(walk)
  walk.at = walk.at and walk.at + 1 or 1
  if not walk.met or (walk.at > #walk.met and #walk.met == batch) then
    local from = walk.met and walk.met[#walk.met] or after
    from = from == '' and '+' or '(' .. from
    walk.met, walk.at = call('ZREVRANGEBYLEX', walk.key, from, '-', 'LIMIT', 0, batch), 1
  end
  walk.head = walk.met[walk.at]
  walk.instant = walk.head and instant(walk.head)
end

local function is_newer(one, other)
  if one.instant ~= other.instant then return one.instant > other.instant end
  for n = 1, 24 do
    local a, b = string.byte(one.head, n), string.byte(other.head, n)
    if a ~= b then return a > b end
  end
  return false
end

local function is_named(place, walk)
  if not (has_prefix or walk.is_tested) then return true end
  local row = cmsgpack.unpack(call('HGET', rows, string.sub(place, 9)))
  if walk.is_tested and is_left_out[row[2]] then
    if or_joined_by == '' or not string.find(row[4], or_joined_by, 1, true) then return false end
  end
  if not has_prefix then return true end
  for n = 5, #row do
    if string.sub(row[n], 1, #prefix) == prefix then return true end
  end
  return false
end

local found, last = { '' }, ''
for _, walk in ipairs(walks) do step(walk) end
while true do
  local newest
  for _, walk in ipairs(walks) do
    if walk.head and (not newest or is_newer(walk, newest)) then newest = walk end
  end
  if not newest then return found end
  if look == 0 or #found > limit then
    found[1] = last
    return found
  end
  look = look - 1
  if newest.head ~= last then
    last = newest.head
    if is_named(last, newest) then found[#found + 1] = last end
  end
  step(newest)
end
