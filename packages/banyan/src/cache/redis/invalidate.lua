-- KEYS: tags …   ARGV: a fresh stamp, ms to remember, log or '', position, row of the event or '', its version
--
-- Every gateway tells of every event; only the first changes anything. A stamp is struck by deleting it: that also works when the
-- memory is full, and the next reader draws another.
local log, position, row, version = ARGV[3], tonumber(ARGV[4]), ARGV[5], tonumber(ARGV[6])
local field = row == '' and log or ('row ' .. row .. ' ' .. log)

-- The write that this event is of was told of itself, and nothing that stands here is from before.
local function has_told(tag)
  local told = row ~= '' and redis.call('HGET', tag, 'row ' .. row)
  return told and tonumber(told) >= version
end

local function remember(tag, known)
  local value = ARGV[4]
  if row ~= '' then value = math.max(version, known and tonumber(string.match(known, '^%d+')) or 0) .. ' ' .. value end
  -- Where there is no room for a tombstone, no stamp and so no answer has room either.
  redis.pcall('HSET', tag, field, value)
end

for _, tag in ipairs(KEYS) do
  local known = log ~= '' and redis.call('HGET', tag, field)
  if not known or tonumber(string.match(known, '%d+$')) < position then
    local stays = has_told(tag)
    if not stays then redis.call('HDEL', tag, 'stamp') end
    if log ~= '' then
      remember(tag, known)
      if not stays then redis.call('PEXPIRE', tag, ARGV[2]) end
    end
  end
end
return 'done'
