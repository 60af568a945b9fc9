#!lua
-- The mark of a move into this database. It guarantees: only one that is empty is marked, and whoever opens it afterwards sees the
-- mark; when it goes, the store's clock has come as far as the move says.
--
-- Arguments: the store's meta data; 'begin', or 'finish' and how far the clock has come, in microseconds. Answers 'begun',
-- 'unfinished' (it bears the mark already), 'full' (it holds something), or 'finished'.

local meta, word, not_before = unpack(ARGV)
local call = redis.call
if word == 'begin' then
  if call('HEXISTS', meta, 'moving') == 1 then return 'unfinished' end
  if call('DBSIZE') > call('EXISTS', meta) then return 'full' end
  call('HSET', meta, 'moving', 1)
  return 'begun'
end
if tonumber(call('HGET', meta, 'clock') or '0') < tonumber(not_before) then call('HSET', meta, 'clock', not_before) end
call('HDEL', meta, 'moving')
return 'finished'
