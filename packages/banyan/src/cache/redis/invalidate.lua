-- KEYS: tags …   ARGV: a fresh stamp, ms to remember, log or '', position
--
-- Every gateway tells of every event; only the first changes anything. A stamp is struck by deleting it: that also works when the
-- memory is full, and the next reader draws another.
for _, tag in ipairs(KEYS) do
  local known = ARGV[3] ~= '' and redis.call('HGET', tag, ARGV[3])
  if not known or tonumber(known) < tonumber(ARGV[4]) then
    redis.call('HDEL', tag, 'stamp')
    if ARGV[3] ~= '' then
      -- Where there is no room for a tombstone, no stamp and so no answer has room either.
      redis.pcall('HSET', tag, ARGV[3], ARGV[4])
      redis.call('PEXPIRE', tag, ARGV[2])
    end
  end
end
return 'done'
