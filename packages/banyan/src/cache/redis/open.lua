-- KEYS: entry, lease, tags …   ARGV: token, lease ms, stamp ms, a fresh stamp, 'force' or '', 'skip' the entry or ''
-- Answers {'kept', meta, data or '', ms left}, {'busy'} or {'lease', stamps}.
--
-- A tag has a stamp, drawn afresh when the tag is invalidated, lost or forgotten. An entry is good while the stamps of its tags are
-- those that its fill saw when it began: so whatever Redis forgets, in whatever order, can only make answers missing.
local stamps = {}
for i = 3, #KEYS do
  local stamp = redis.call('HGET', KEYS[i], 'stamp')
  if not stamp then
    stamp = ARGV[4]
    redis.call('HSET', KEYS[i], 'stamp', stamp)
  end
  redis.call('PEXPIRE', KEYS[i], ARGV[3])
  stamps[#stamps + 1] = stamp
end
local joined = table.concat(stamps, ' ')

if ARGV[6] == '' then
  local entry = redis.call('HMGET', KEYS[1], 'stamps', 'meta', 'data')
  if entry[1] == joined then
    return { 'kept', entry[2], entry[3] or '', tostring(redis.call('PTTL', KEYS[1])) }
  end
end

-- The right of one who began before a change is worth nothing any more.
local held = redis.call('GET', KEYS[2])
if ARGV[5] == '' and held and string.sub(held, string.find(held, ' ') + 1) == joined then return { 'busy' } end
redis.call('SET', KEYS[2], ARGV[1] .. ' ' .. joined, 'PX', ARGV[2])
return { 'lease', joined }
