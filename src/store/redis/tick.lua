#!lua
-- What time it is. It guarantees: no answer is earlier than an earlier one, whatever becomes of the machine's clock, a restart or
-- a fail-over included; and that Redis takes writes, for this is one.
--
-- Arguments: the store's meta data. Answers {seconds, microseconds}.

local time = redis.call('TIME')
local told = tonumber(redis.call('HGET', ARGV[1], 'clock') or '0')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
if now > told then
  redis.call('HSET', ARGV[1], 'clock', string.format('%.0f', now))
end
return { time[1], time[2], string.format('%.0f', math.max(now, told)) }
