#!lua flags=no-writes
-- Plain records in the order of their keys. It guarantees: keys and values are of one moment.
--
-- Arguments: the records, their keys, from, to, limit. Answers {key, value, key, value, …}.

local records, keys, from, to, limit = unpack(ARGV)
local found = redis.call('ZRANGEBYLEX', keys, from, to, 'LIMIT', 0, limit)
if #found == 0 then return found end
local values = redis.call('HMGET', records, unpack(found))
local both = {}
for n, key in ipairs(found) do
  both[2 * n - 1] = key
  both[2 * n] = values[n]
end
return both
