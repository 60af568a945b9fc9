#!lua flags=no-writes
-- A stretch of a list of letters, newest first, as of one moment. It guarantees: what the query names is in it, each place once
-- and in order, from `after` to the place that it answers with, and it looks at no more than `look` places.
--
-- Arguments: the rows, the list, after or '', limit, look, operator (16 bytes) or '', state or ''.
-- Answers {the last place looked at, or '' when nothing is left, place, place, …}.

local call = redis.call
local rows, list, after, limit, look, operator, state = unpack(ARGV)
limit, look = tonumber(limit), tonumber(look)
local batch = math.min(look, math.max(16, limit))

local function is_named(place)
  if operator ~= '' and string.sub(place, 29) ~= operator then return false end
  return state == '' or cmsgpack.unpack(call('HGET', rows, string.sub(place, 9)))[1] == state
end

local found, last = { '' }, after
while true do
  local from = last == '' and '+' or '(' .. last
  local met = call('ZREVRANGEBYLEX', list, from, '-', 'LIMIT', 0, batch)
  for _, place in ipairs(met) do
    if look == 0 or #found > limit then
      found[1] = last
      return found
    end
    look = look - 1
    last = place
    if is_named(place) then found[#found + 1] = place end
  end
  if #met < batch then return found end
end
