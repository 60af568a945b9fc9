#!lua flags=no-writes
-- Which of these conversations the query names. It guarantees: each is answered as its row is now, and all as of one moment.
--
-- Arguments: the inbox; prefix; joined_by or '', or_joined_by or ''; state or ''; how many conversations, each; then the groups that
-- are left out. Answers the place of each that is named.

local call = redis.call
local taken = 0

local function take()
  taken = taken + 1
  return ARGV[taken]
end

local rows, prefix, joined_by, or_joined_by, state = take(), take(), take(), take(), take()
local ids = {}
for n = 1, tonumber(take()) do ids[n] = take() end
local is_left_out = {}
while taken < #ARGV do is_left_out[take()] = true end

local function has_joined(row, operator)
  return string.find(row[4], operator, 1, true)
end

local function is_named(row)
  if state ~= '' and row[1] ~= state then return false end
  if is_left_out[row[2]] and not (or_joined_by ~= '' and has_joined(row, or_joined_by)) then return false end
  if joined_by ~= '' and not has_joined(row, joined_by) then return false end
  for n = 5, #row do
    if string.sub(row[n], 1, #prefix) == prefix then return true end
  end
  return false
end

local found = {}
for n, packed in ipairs(call('HMGET', rows, unpack(ids))) do
  local row = packed and cmsgpack.unpack(packed)
  if row and is_named(row) then found[#found + 1] = row[3] .. ids[n] end
end
return found
