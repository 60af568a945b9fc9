#!lua
-- One commit. It guarantees: all of it is written, or nothing.
--
-- All checks come before the first write, for a script is not rolled back. It must still be this store: what was emptied is not
-- filled again by whoever has not noticed, also where somebody else has begun a new one there. It must not come later than its
-- asker waits, who may have asked again, and then for something else. A commit that was written is remembered for five minutes,
-- whoever has written since, so that it is not decided anew when its answer was lost; and one whose documents all are at their new
-- tokens is known for ever. Nothing of either is done again. Every document read must still be at the token that was read. Streams
-- keep what a position holds already, letters what their id holds already. The indexes' old rows are read here, in the same step.
--
-- It bears no key of its own: each is an argument. It touches two hash tags (keys.rs), so it is not for a Redis Cluster.
--
-- Arguments: the store's meta data and its name; until when, in microseconds; where it is remembered, or '' if it writes no
-- document; how many reads, (document, token or '') each; how many writes, (document, token and state) each; then effects, each a
-- word and what follows it. Answers {'committed' | 'repeated' | 'late', seconds, microseconds}, or {'stale', number of each such read}.

local call = redis.call
local taken = 0

local function take()
  taken = taken + 1
  return ARGV[taken]
end

-- Checks.

local meta, name = take(), take()
if call('HGET', meta, 'name') ~= name then return redis.error_reply('GONE it holds this store no more') end

local time = call('TIME')

local function answer(word)
  return { word, time[1], time[2] }
end

if tonumber(time[1]) * 1000000 + tonumber(time[2]) > tonumber(take()) then return answer('late') end

local done = take()
local stored = {}
local stale = { 'stale' }
for n = 1, tonumber(take()) do
  local key, token = take(), take()
  stored[key] = call('GETRANGE', key, 0, 15)
  if stored[key] ~= token then stale[#stale + 1] = n end
end

local writes, fresh = {}, 0
for n = 1, tonumber(take()) do
  local write = { key = take(), value = take() }
  writes[n] = write
  if stored[write.key] ~= string.sub(write.value, 1, 16) then fresh = fresh + 1 end
end

if #writes > 0 and (fresh == 0 or call('EXISTS', done) == 1) then return answer('repeated') end
if #stale > 1 then return stale end

-- Effects.

local function count(key, field, by)
  if call('HINCRBY', key, field, by) == 0 then call('HDEL', key, field) end
end

local function agenda(key, member, at)
  if at == '' then call('ZREM', key, member) else call('ZADD', key, at, member) end
end

local effects = {}

function effects.home()
  call('HSET', take(), take(), take())
end

function effects.append()
  local key, position, entry = take(), take(), take()
  if call('ZCOUNT', key, position, position) == 0 then call('ZADD', key, position, entry) end
end

function effects.deadline()
  agenda(take(), take(), take())
end

function effects.attention()
  local key, conversation, until_ = take(), take(), take()
  local accounts, account = take(), take()
  agenda(key, conversation, until_)
  if until_ ~= '' then
    call('ZADD', accounts, 0, account)
  elseif call('EXISTS', key) == 0 then
    call('ZREM', accounts, account)
  end
end

-- A row of the inbox: 1 status, 2 group, 3 at, 4 joined, then texts.
function effects.inbox()
  local rows, counts, joins, join_counts, search, id = take(), take(), take(), take(), take(), take()
  local new = { take(), take(), take(), take() }
  for n = 1, tonumber(take()) do new[4 + n] = take() end
  local packed, packed_before = cmsgpack.pack(new), call('HGET', rows, id)
  if packed == packed_before then return end
  call('HSET', rows, id, packed)
  local old = packed_before and cmsgpack.unpack(packed_before)

  local function field(row) return row[1] .. ':' .. row[2] end
  local is_counted = old and field(old) == field(new)
  local is_placed = is_counted and old[3] == new[3]
  if not is_placed then
    if old then call('ZREM', rows .. ':' .. field(old), old[3] .. id) end
    call('ZADD', rows .. ':' .. field(new), 0, new[3] .. id)
  end
  if not is_counted then
    if old then count(counts, field(old), -1) end
    count(counts, field(new), 1)
  end

  if not (is_placed and old[4] == new[4]) then
    for operator in string.gmatch(old and old[4] or '', '%x+') do
      call('ZREM', joins .. operator .. ':' .. old[1], old[3] .. id)
      count(join_counts .. operator, field(old), -1)
    end
    for operator in string.gmatch(new[4], '%x+') do
      call('ZADD', joins .. operator .. ':' .. new[1], 0, new[3] .. id)
      count(join_counts .. operator, field(new), 1)
    end
  end

  local texts = {}
  for n = 5, old and #old or 0 do texts[old[n]] = 'old' end
  for n = 5, #new do
    if texts[new[n]] then
      texts[new[n]] = nil
    else
      call('ZADD', search, 0, new[n] .. '\255' .. id)
    end
  end
  for text in pairs(texts) do call('ZREM', search, text .. '\255' .. id) end
end

-- A letter's row: 1 state, 2 due or '', 3 created.
local function letter(is_wanted)
  local rows, due, unfinished, id, due_member = take(), take(), take(), take(), take()
  local lists, by_state = { take(), take(), take() }, take()
  local new = { take(), take(), take() }
  if not is_wanted then return end
  local packed = call('HGET', rows, id)
  local old = packed and cmsgpack.unpack(packed)
  call('HSET', rows, id, cmsgpack.pack(new))

  local is_moved = not old or old[3] ~= new[3]
  if is_moved then
    for _, list in ipairs(lists) do
      if old then call('ZREM', list, old[3] .. id) end
      call('ZADD', list, 0, new[3] .. id)
    end
  end
  if is_moved or old[1] ~= new[1] then
    if old then call('ZREM', by_state .. old[1], old[3] .. id) end
    call('ZADD', by_state .. new[1], 0, new[3] .. id)
  end
  agenda(due, due_member, new[2])
  if old and old[2] ~= '' then count(unfinished, old[1], -1) end
  if new[2] ~= '' then count(unfinished, new[1], 1) end
end

function effects.letter()
  letter(true)
end

function effects.queue()
  local key, value = take(), take()
  letter(call('SET', key, value, 'NX'))
end

function effects.decided()
  call('ZADD', take(), 0, take())
end

function effects.undecided()
  call('ZREM', take(), take())
end

function effects.put()
  local records, keys, key, value = take(), take(), take(), take()
  call('HSET', records, key, value)
  call('ZADD', keys, 0, key)
end

function effects.delete()
  local records, keys, key = take(), take(), take()
  call('HDEL', records, key)
  call('ZREM', keys, key)
end

-- What was written stands, also where nobody may be told of it.
function effects.publish()
  redis.pcall('PUBLISH', take(), take())
end

for _, write in ipairs(writes) do call('SET', write.key, write.value) end
if done ~= '' then call('SET', done, '', 'EX', 300) end
while taken < #ARGV do effects[take()]() end
return answer('committed')
