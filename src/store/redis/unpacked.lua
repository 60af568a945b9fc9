#!lua flags=no-writes
-- Rows of an index, as lists of texts. It guarantees: all are of one moment, in the order asked; an empty one stands for none.
--
-- Arguments: the rows, then whose. Answers {{text, …}, …}.

local found = redis.call('HMGET', unpack(ARGV))
for n, packed in ipairs(found) do found[n] = packed and cmsgpack.unpack(packed) or {} end
return found
