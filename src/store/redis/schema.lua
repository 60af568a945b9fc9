#!lua
-- Whose database this is. It guarantees: only an empty one is made doorbell's, once.
--
-- Arguments: the store's meta data, the version to make. Answers the version that it is of; 'foreign': it holds keys, and none of
-- them says that they are doorbell's.

local version = redis.call('HGET', ARGV[1], 'version')
if version then return version end
if redis.call('DBSIZE') > 0 then return 'foreign' end
redis.call('HSET', ARGV[1], 'version', ARGV[2])
return ARGV[2]
