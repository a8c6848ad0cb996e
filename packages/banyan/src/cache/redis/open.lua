-- KEYS: entry, lease, tags …   ARGV: token, lease ms, stamp ms, a fresh stamp, 'force' or '', 'skip' the entry or ''
-- Answers {'kept', meta, data or '', ms left}, {'busy'} or {'lease', stamps}.
local joined = stamp_all(3, #KEYS, ARGV[4], ARGV[3])

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
