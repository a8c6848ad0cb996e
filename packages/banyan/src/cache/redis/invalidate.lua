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
  local reply = redis.pcall('HSET', tag, field, value)
  return type(reply) ~= 'table' or not reply.err
end

-- What stands here is old. The stamp that it had stays as 'struck' while nothing but events has struck this tag since, of all of which
-- it remembers: so whoever brings an answer can tell what has changed since it began, see write.lua.
local function strike(tag, is_remembered)
  local stamp = redis.call('HGET', tag, 'stamp')
  redis.call('HDEL', tag, 'stamp')
  if not is_remembered then redis.call('HDEL', tag, 'struck') end
  if is_remembered and stamp then redis.pcall('HSET', tag, 'struck', stamp) end
end

for _, tag in ipairs(KEYS) do
  local known = log ~= '' and redis.call('HGET', tag, field)
  if not known or tonumber(string.match(known, '%d+$')) < position then
    local is_remembered = log ~= '' and remember(tag, known)
    -- Where there is no room for a tombstone there is none for another stamp either, and so none for an answer.
    local stays = is_remembered and has_told(tag)
    if not stays then strike(tag, is_remembered) end
    if not stays and log ~= '' then redis.call('PEXPIRE', tag, ARGV[2]) end
  end
end
return 'done'
