#!lua
-- What time it is, at Redis and by the store's clock, which its nodes keep together: each tells how far its own has come, and none
-- falls behind what another has told. It guarantees: no clock told is earlier than an earlier one, whatever becomes of the
-- machine's, a restart or a fail-over included; and that Redis takes writes, for this is always one.
--
-- Arguments: the store's meta data and its name; what the clock of the node that asks shows, in microseconds, or 0 if it keeps none.
-- Answers {seconds, microseconds, how far the store's clock had come, and when by Redis' one a node told that: both 0 if none ever did}.

local meta = ARGV[1]
local name, clock, raw = unpack(redis.call('HMGET', meta, 'name', 'clock', 'raw'))
if name ~= ARGV[2] then return redis.error_reply('GONE it holds this store no more') end
local time = redis.call('TIME')
local now = string.format('%.0f', tonumber(time[1]) * 1000000 + tonumber(time[2]))
local mine = tonumber(ARGV[3])
if mine > 0 then
  redis.call('HSET', meta, 'clock', string.format('%.0f', math.max(tonumber(clock or '0'), mine)), 'raw', now)
else
  redis.call('HSET', meta, 'asked', now)
end
return { time[1], time[2], clock or '0', raw or '0' }
