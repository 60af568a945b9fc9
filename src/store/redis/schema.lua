#!lua
-- Whose database this is. It guarantees: only an empty one is made doorbell's, once, and from then on it bears one name, which no
-- other store bears. So a server knows it from one that somebody else made behind the same address when it had been emptied.
--
-- Arguments: the store's meta data, the version to make, the name that it gets if it has none. Answers {the version that it is of,
-- its name}; {'foreign'}: it holds keys, and none of them says that they are doorbell's.

local meta, made, name = unpack(ARGV)
local version = redis.call('HGET', meta, 'version')
if not version then
  if redis.call('DBSIZE') > 0 then return { 'foreign' } end
  redis.call('HSET', meta, 'version', made)
  version = made
end
if version == made then redis.call('HSETNX', meta, 'name', name) end
return { version, redis.call('HGET', meta, 'name') or '' }
