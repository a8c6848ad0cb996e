-- KEYS: entry, lease, everything, tags of the entry …, other tags …
-- ARGV: a fresh stamp, stamp ms, number of the keys before the other tags, stamps of the entry's tags before the command was sent,
-- meta, data, ms to keep, versions or '', includes as JSON
-- Answers 'stored', 'lost' or 'older'.
--
-- A writer makes old what stands under its tags, as in invalidate.lua, and brings the answer that stands there from now on: if nothing
-- was changed since it began but by events that the answer includes (that of its own write often comes before it), or if its rows are
-- newer than those of an answer that is good. It must include whatever was told of until now. An older one that comes late leaves the
-- newer as good as it was.
local last = tonumber(ARGV[3])
local stamps, begun, is_unchanged = {}, string.gmatch(ARGV[4], '%S+'), true
for i = 3, last do
  local tag, before = redis.call('HMGET', KEYS[i], 'stamp', 'struck'), begun()
  is_unchanged = is_unchanged and (tag[1] == before or tag[2] == before)
  stamps[#stamps + 1] = tag[1] or ''
end
local now = table.concat(stamps, ' ')
local known = redis.call('HMGET', KEYS[1], 'stamps', 'versions')
local is_good = known[1] == now

for i = 4, #KEYS do redis.call('HDEL', KEYS[i], 'stamp', 'struck') end

local is_behind = misses_change(3, last, ARGV[9], ARGV[8])
forget_other_rows(4, last, ARGV[8])
tell_rows(4, last, ARGV[8], ARGV[2])

local order = 'unknown'
if known[2] and known[2] ~= '' and ARGV[8] ~= '' then order = compare(ARGV[8], known[2]) end
if order == 'unordered' then
  redis.call('DEL', KEYS[1])
  return 'older'
end
if order == 'older' and not is_good then return 'older' end
if order ~= 'older' and is_behind then return 'older' end
if order ~= 'older' and not is_unchanged and not (is_good and order == 'newer') then return 'lost' end

redis.call('HSET', KEYS[1], 'stamps', stamp_all(3, last, ARGV[1], ARGV[2]))
if order == 'older' then return 'older' end
redis.call('HSET', KEYS[1], 'meta', ARGV[5], 'data', ARGV[6], 'versions', ARGV[8])
redis.call('PEXPIRE', KEYS[1], ARGV[7])
return 'stored'
