#!lua
-- Takes one from each of some buckets. It guarantees: from all or from none, whoever else takes at the same time.
--
-- A bucket is the instant at which it will be full again, in microseconds; one that is full is not there. What it lacks is refilled
-- evenly.
--
-- Where Redis' clock was set back, a bucket is empty at the worst, and not for as long as that.
--
-- Arguments: the store's meta data and its name; for each bucket its key, in how many microseconds an empty one is full, and how
-- long one of what it holds takes. Answers {number, from 0, of the bucket that one waits for the longest; for how many microseconds}: {0, 0} when
-- it has taken.

if redis.call('HGET', ARGV[1], 'name') ~= ARGV[2] then return redis.error_reply('GONE it holds this store no more') end
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local full_at, order, which, wait = {}, {}, 0, 0
for n = 3, #ARGV, 3 do
  local key, whole, one = ARGV[n], tonumber(ARGV[n + 1]), tonumber(ARGV[n + 2])
  if not full_at[key] then
    full_at[key] = math.min(now + whole, math.max(now, tonumber(redis.call('GET', key) or '0')))
    order[#order + 1] = key
  end
  full_at[key] = full_at[key] + one
  local lacking = full_at[key] - whole - now
  if lacking > wait then which, wait = (n - 3) / 3, lacking end
end
if wait > 0 then return { which, string.format('%.0f', wait) } end
for _, key in ipairs(order) do
  local lasts_ms = math.ceil((full_at[key] - now) / 1000)
  redis.call('SET', key, string.format('%.0f', full_at[key]), 'PX', string.format('%.0f', math.max(lasts_ms, 1)))
end
return { 0, '0' }
